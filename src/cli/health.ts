import { askRunning } from '../admin/control-client.ts';
import type { Flags } from '../config/flags-layer.ts';
import type { Config } from '../config/schema.ts';
import { EXIT_FAILURE, EXIT_OK } from './command.ts';
import { readConfig } from './read-config.ts';
import type { Terminal } from './terminal.ts';

const CONNECT_LIMIT_MS = 2_000;

/** Whether the running proxy serves, for health checks of containers. @returns 0 when it does, else 1 with the reason */
export async function health(flags: Flags, terminal: Terminal): Promise<number> {
  const config = readConfig(flags, terminal);
  const asked = await askRunning(config.dataDir);
  if (asked.kind === 'running') {
    const { isAccepting, addresses, ledger } = asked.snapshot;
    if (isAccepting) return healthy(`serving on ${addresses.join(' ')}: ${ledger.relaying} sessions relayed`, terminal);
    return unhealthy('accepting pauses because file descriptors ran out', terminal);
  }
  // With a data folder that can't be written there is no control socket, and the proxy serves all the same.
  if (asked.kind === 'absent' && (await accepts(config))) {
    return healthy(`port ${config.port} accepts connections; its figures cannot be asked: ${asked.reason}`, terminal);
  }
  return unhealthy(asked.reason, terminal);
}

async function accepts({ listen, port }: Config): Promise<boolean> {
  const [first] = listen;
  if (first === undefined || (first.kind !== 'unix' && port === 0)) return false;
  const target = first.kind === 'unix' ? { unix: first.path } : { hostname: localHost(first.host), port };
  const connecting = Bun.connect({ ...target, socket: { data: () => {} } } as Parameters<typeof Bun.connect>[0]);
  const connected = connecting.then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );
  return Promise.race([connected, Bun.sleep(CONNECT_LIMIT_MS).then(() => false)]);
}

/** What to connect to where a listener takes every address. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function healthy(text: string, terminal: Terminal): number {
  terminal.out(`${text}\n`);
  return EXIT_OK;
}

function unhealthy(reason: string, terminal: Terminal): number {
  terminal.err(`petrel: not healthy: ${reason}\n`);
  return EXIT_FAILURE;
}
