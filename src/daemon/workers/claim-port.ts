import type { Config } from '../../config/schema.ts';
import type { Log } from '../../kit/log.ts';
import type { Capacity } from '../capacity.ts';
import { addressTexts, Listeners } from '../listeners.ts';

/**
 * Listens for a moment as one who doesn't share. Workers do, and two proxies of one user could then take each other's
 * connections unnoticed.
 *
 * @returns the port to share, also when 0 was asked for, and where that will be
 * @throws the runtime's error with a `code` when an address can't be had
 */
export function claimPort(config: Config, capacity: Capacity, log: Log): { port: number; addresses: string[] } {
  const listeners = new Listeners({
    config: { ...config, workers: 1 },
    capacity,
    log,
    onConnection: (conn) => conn.close(),
    onPause: () => {},
  });
  const claimed = { port: listeners.port, addresses: addressTexts(listeners.addresses) };
  listeners.stop();
  return claimed;
}
