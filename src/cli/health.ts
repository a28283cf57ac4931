import { askRunning } from '../admin/control-client.ts';
import { pauseText } from '../admin/pause.ts';
import type { Flags } from '../config/flags-layer.ts';
import type { Config } from '../config/schema.ts';
import { fromHere, placesOf } from '../doctor/proxy/places.ts';
import { reach } from '../doctor/proxy/reach.ts';
import { EXIT_FAILURE, EXIT_OK } from './command.ts';
import { readConfig } from './read-config.ts';
import type { Terminal } from './terminal.ts';

const CONNECT_LIMIT_MS = 2_000;

/** Whether the running proxy serves, for health checks of containers. @returns 0 when it does, else 1 with the reason */
export async function health(flags: Flags, terminal: Terminal): Promise<number> {
  const config = readConfig(flags, terminal);
  const asked = await askRunning(config.dataDir);
  if (asked.kind === 'running') {
    const { pause, addresses, ledger } = asked.snapshot;
    if (pause === null)
      return healthy(`serving on ${addresses.join(' ')}: ${ledger.relaying} sessions relayed`, terminal);
    return unhealthy(`accepting pauses: ${pauseText(pause).reason}`, terminal);
  }
  // With a data folder that can't be written there is no control socket, and the proxy serves all the same.
  if (asked.kind === 'absent' && (await accepts(config))) {
    return healthy(`port ${config.port} accepts connections; its figures cannot be asked: ${asked.reason}`, terminal);
  }
  return unhealthy(asked.reason, terminal);
}

async function accepts(config: Config): Promise<boolean> {
  const [first] = placesOf(config, null);
  if (first === undefined || ('port' in first && first.port === 0)) return false;
  return (await reach(fromHere(first), CONNECT_LIMIT_MS)) === null;
}

function healthy(text: string, terminal: Terminal): number {
  terminal.out(`${text}\n`);
  return EXIT_OK;
}

function unhealthy(reason: string, terminal: Terminal): number {
  terminal.err(`petrel: not healthy: ${reason}\n`);
  return EXIT_FAILURE;
}
