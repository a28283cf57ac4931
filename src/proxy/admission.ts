import { networkOf } from '../kit/address.ts';
import type { StrangerReason } from './outcome.ts';
import type { User } from './user.ts';

/** A place for one session of a user; given back exactly once. */
export class Permit {
  readonly user: User;
  readonly #network: string;
  readonly #onRelease: (() => void) | undefined;
  #isReleased = false;

  constructor(user: User, network: string, onRelease?: () => void) {
    this.user = user;
    this.#network = network;
    this.#onRelease = onRelease;
    user.connections += 1;
    user.sessions += 1;
    user.networks.set(network, (user.networks.get(network) ?? 0) + 1);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.user.connections -= 1;
    const left = (this.user.networks.get(this.#network) ?? 1) - 1;
    if (left > 0) this.user.networks.set(this.#network, left);
    else this.user.networks.delete(this.#network);
    this.#onRelease?.();
  }
}

/**
 * Decides whether a user that has proved its secret may open one more session from this address.
 * Checks and takes in one step, so that two sessions can't share the last place.
 */
export function admit(user: User, ip: string, nowMs: number): Permit | StrangerReason {
  const { enabled, expiresAtMs, maxConnections, maxIps } = user.terms;
  if (!enabled) return 'user-disabled';
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return 'user-expired';
  if (user.isOverQuota) return 'user-quota';
  if (maxConnections > 0 && user.connections >= maxConnections) return 'user-connections';
  const network = networkOf(ip);
  if (maxIps > 0 && user.networks.size >= maxIps && !user.networks.has(network)) return 'user-networks';
  return new Permit(user, network);
}
