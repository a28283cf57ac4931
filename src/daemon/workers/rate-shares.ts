import type { User } from '../../proxy/user.ts';

/** Shares a user's rate out among the workers: each has the part that its sessions are of all the user's sessions. */
export class RateShares {
  /** Sessions that a user has in all workers. */
  readonly #everywhere = new WeakMap<User, number>();

  learn(user: User, connections: number): void {
    this.#everywhere.set(user, connections);
    this.apply(user);
  }

  /** Sets the rate anew: after a change of terms, or of the sessions here. */
  apply(user: User): void {
    const { rateBytesPerSecond } = user.terms;
    const here = user.connections;
    const everywhere = Math.max(here, this.#everywhere.get(user) ?? 0);
    // At least 1: 0 would be no limit at all.
    const rate = here === 0 ? rateBytesPerSecond : Math.max(1, Math.round((rateBytesPerSecond * here) / everywhere));
    user.uplinkRate.bytesPerSecond = rateBytesPerSecond === 0 ? 0 : rate;
    user.downlinkRate.bytesPerSecond = rateBytesPerSecond === 0 ? 0 : rate;
  }
}
