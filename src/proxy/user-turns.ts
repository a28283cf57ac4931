import type { Roster } from './roster.ts';
import type { User } from './user.ts';

/** Searches that may try only some users each: of many, each goes on where the one before stopped, so that all have their turn. */
export class UserTurns {
  readonly #roster: Roster;
  readonly #most: number;
  #start = 0;

  /** @param most users that one search may try */
  constructor(roster: Roster, most: number) {
    this.#roster = roster;
    this.#most = most;
  }

  /** How many users the next search may have to try. */
  get count(): number {
    return Math.min(this.#roster.users.length, this.#most);
  }

  find(isMatch: (user: User) => boolean): User | null {
    const { users } = this.#roster;
    const { count } = this;
    const start = this.#start % Math.max(1, users.length);
    this.#start = start + count;
    for (let index = 0; index < count; index += 1) {
      const user = users[(start + index) % users.length];
      if (user !== undefined && isMatch(user)) return user;
    }
    return null;
  }
}
