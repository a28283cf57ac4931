import type { Snapshot } from '../../admin/snapshot.ts';
import type { Config } from '../../config/schema.ts';
import { parseEndpoint } from '../../config/types/addresses.ts';
import { isWritten } from '../../config/written.ts';
import type { Endpoint } from '../../net/endpoint.ts';

const UNIX = 'unix:';
/** Where to connect for what listens on every address. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Where the proxy should accept: as configured, and with port 0 where the running one says it does. Of the default addresses
 * those that this machine has.
 */
export function placesOf(config: Config, running: Snapshot | null): Endpoint[] {
  const { listen, port } = config;
  if (port === 0 && running !== null) return running.addresses.flatMap((text) => endpointOf(text) ?? []);
  const places = listen.map((socket) => (socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port }));
  const own = isWritten(config, 'listen') ? places : places.filter(isOfThisMachine);
  return own.length === 0 ? places : own;
}

/** Whether its family works here at all: IPv6 may be missing in the kernel, or switched off for every interface. */
function isOfThisMachine(place: Endpoint): boolean {
  if ('unix' in place) return true;
  const { host } = place;
  try {
    Bun.listen({
      hostname: LOOPBACK[host] ?? host,
      port: 0,
      socket: { data: () => {}, open: (peer) => peer.terminate() },
    }).stop(true);
    return true;
  } catch {
    return false;
  }
}

function endpointOf(text: string): Endpoint | null {
  return text.startsWith(UNIX) ? { unix: text.slice(UNIX.length) } : parseEndpoint(text);
}

/** The same place as seen from this machine. */
export function fromHere(place: Endpoint): Endpoint {
  return 'unix' in place ? place : { host: LOOPBACK[place.host] ?? place.host, port: place.port };
}
