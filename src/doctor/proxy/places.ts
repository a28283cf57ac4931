import type { Snapshot } from '../../admin/snapshot.ts';
import type { Config } from '../../config/schema.ts';
import { parseEndpoint } from '../../config/types/addresses.ts';
import type { Endpoint } from '../../net/endpoint.ts';

const UNIX = 'unix:';
/** Where to connect for what listens on every address. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Where the proxy should accept: as configured, and with port 0 where the running one says it does. */
export function placesOf({ listen, port }: Config, running: Snapshot | null): Endpoint[] {
  if (port === 0 && running !== null) return running.addresses.flatMap((text) => endpointOf(text) ?? []);
  return listen.map((socket) => (socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port }));
}

function endpointOf(text: string): Endpoint | null {
  return text.startsWith(UNIX) ? { unix: text.slice(UNIX.length) } : parseEndpoint(text);
}

/** The same place as seen from this machine. */
export function fromHere(place: Endpoint): Endpoint {
  return 'unix' in place ? place : { host: LOOPBACK[place.host] ?? place.host, port: place.port };
}
