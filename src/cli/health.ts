import { type Asked, askRunning } from '../admin/control-client.ts';
import { pauseText } from '../admin/pause.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import type { Flags } from '../config/flags-layer.ts';
import { countText } from '../kit/figures-text.ts';
import { acceptingText, accepts } from './accepts.ts';
import { EXIT_FAILURE, EXIT_OK } from './command.ts';
import { drainText, warningLines } from './status-view.ts';
import type { Terminal } from './terminal.ts';
import { refusalText, told, type Whereabouts, whereabouts } from './whereabouts.ts';

/**
 * Whether the running proxy serves, for health checks of containers. Warning signs are shown and change nothing: a restart mends
 * none of them, and would take the sessions that work.
 *
 * @returns 0 when it accepts connections, else 1 with the reason; a proxy that drains accepts none
 */
export async function health(flags: Flags, terminal: Terminal): Promise<number> {
  const place = told(whereabouts(flags, terminal), terminal);
  const asked = await askRunning(place.dataDir);
  const { isHealthy, lines } =
    asked.kind === 'running' ? judge(asked.snapshot, terminal) : await judgeSilent(asked, place);
  const refusal = asked.kind === 'silent' ? '' : refusalText(place);
  const text = [...lines, ...(refusal === '' ? [] : [refusal])].join('\n');
  if (isHealthy) terminal.out(`${text}\n`);
  else terminal.err(`petrel: not healthy: ${text}\n`);
  return isHealthy ? EXIT_OK : EXIT_FAILURE;
}

interface Judgement {
  readonly isHealthy: boolean;
  readonly lines: readonly string[];
}

function judge(snapshot: Snapshot, { isTerminal, columns }: Terminal): Judgement {
  const { isDraining, pause, addresses, ledger, warnings } = snapshot;
  const style = { columns: isTerminal ? columns : Number.POSITIVE_INFINITY, hasColour: false };
  const signs = warnings.length === 0 ? [] : warningLines(warnings, style);
  if (isDraining) return { isHealthy: false, lines: [drainText(snapshot)] };
  if (pause !== null) return { isHealthy: false, lines: [`accepting pauses: ${pauseText(pause).reason}`, ...signs] };
  const sessions = ledger.relaying === 1 ? '1 session' : `${countText(ledger.relaying)} sessions`;
  const serving = `serving on ${addresses.join(' ')}: ${sessions} relayed`;
  return { isHealthy: true, lines: [serving, ...signs] };
}

async function judgeSilent(
  { kind, reason }: Exclude<Asked, { kind: 'running' }>,
  { config }: Whereabouts,
): Promise<Judgement> {
  if (kind === 'absent' && config !== null && (await accepts(config))) {
    return { isHealthy: true, lines: [acceptingText(config)] };
  }
  return { isHealthy: false, lines: [reason] };
}
