import type { Asked } from '../../admin/control-client.ts';
import { pauseText } from '../../admin/pause.ts';
import type { Snapshot } from '../../admin/snapshot.ts';
import { countText, durationText } from '../../kit/figures-text.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';

/** What the running proxy says of itself; nothing when none runs. The machine's swap is told among the machine's checks. */
export function runningFindings(asked: Asked): Finding[] {
  if (asked.kind !== 'running') {
    if (asked.kind === 'absent') return [];
    return [warning('running', `its figures cannot be asked: ${asked.reason}`, 'see the log of Petrel')];
  }
  const { snapshot } = asked;
  const signs = snapshot.warnings.filter(({ sign }) => sign !== 'swap');
  return [stateFinding(snapshot), ...signs.map(({ sign, message, advice }) => warning(sign, message, advice))];
}

function stateFinding({ version, pid, startedAtMs, atMs, ledger, pause }: Snapshot): Finding {
  const up = durationText((atMs - startedAtMs) / 1_000);
  const seen = `petrel ${version}, process ${pid}, up ${up}, ${countText(ledger.relaying)} sessions relayed`;
  if (pause === null) return ok('running', seen);
  const { reason, advice } = pauseText(pause);
  return warning('running', `${seen}; accepting pauses: ${reason}`, advice);
}
