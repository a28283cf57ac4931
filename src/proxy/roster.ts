import { timingSafeEqual } from 'node:crypto';
import { RateLimit } from './rate-limit.ts';
import { User, type UserTerms } from './user.ts';

/** Bytes a user has moved in earlier runs. */
export interface Usage {
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
}

/** All users, in the order of the configuration. */
export class Roster {
  readonly #users = new Map<string, User>();
  #list: readonly User[] = [];

  /** For the search over all secrets. */
  get users(): readonly User[] {
    return this.#list;
  }

  get(name: string): User | null {
    return this.#users.get(name) ?? null;
  }

  /**
   * Takes new terms over. A user that stays keeps what it has used and its open sessions; a new secret under an
   * old name is a new beginning for sessions (they are cut) but not for the quota.
   *
   * @param usageOf what a user that is new here has used before
   * @returns users whose sessions have to end: removed, disabled, or with another secret
   */
  replace(terms: readonly UserTerms[], usageOf: (name: string) => Usage | null): User[] {
    const before = new Map(this.#users);
    const ended: User[] = [];
    this.#users.clear();
    for (const term of terms) {
      const known = before.get(term.name);
      before.delete(term.name);
      this.#users.set(term.name, known === undefined ? newUser(term, usageOf(term.name)) : known);
      if (known === undefined) continue;
      if (!term.enabled || !timingSafeEqual(known.terms.key, term.key)) ended.push(known);
      known.terms = term;
      known.uplinkRate.bytesPerSecond = term.rateBytesPerSecond;
      known.downlinkRate.bytesPerSecond = term.rateBytesPerSecond;
    }
    this.#list = [...this.#users.values()];
    return [...ended, ...before.values()];
  }
}

function newUser(terms: UserTerms, usage: Usage | null): User {
  const rate = () => new RateLimit(terms.rateBytesPerSecond);
  const user = new User(terms, { uplink: rate(), downlink: rate() });
  user.uplinkBytes = usage?.uplinkBytes ?? 0;
  user.downlinkBytes = usage?.downlinkBytes ?? 0;
  return user;
}
