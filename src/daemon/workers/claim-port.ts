import type { Config } from '../../config/schema.ts';
import type { Log } from '../../kit/log.ts';
import { endpointText } from '../../net/endpoint.ts';
import type { Capacity } from '../capacity.ts';
import { Listeners } from '../listeners.ts';

/** Where workers are to listen. */
export interface Claim {
  /** The port to share, also when 0 was asked for. */
  readonly port: number;
  /** What of the configured addresses could be had. */
  readonly listen: Config['listen'];
  readonly addresses: string[];
}

/**
 * Listens for a moment as one who doesn't share. Workers do, and two proxies of one user could then take each other's
 * connections unnoticed.
 *
 * @throws ListenError when an address can't be had
 */
export function claimPort(config: Config, capacity: Capacity, log: Log): Claim {
  const listeners = new Listeners({
    config: { ...config, workers: 1 },
    capacity,
    log,
    onConnection: (conn) => conn.close(),
    onPause: () => {},
  });
  const { port, addresses } = listeners;
  listeners.stop();
  const hosts = addresses.flatMap((address) => ('host' in address ? [address.host] : []));
  const listen = config.listen.filter((socket) => socket.kind === 'tcp' && hosts.includes(socket.host));
  return { port, listen, addresses: addresses.map(endpointText) };
}
