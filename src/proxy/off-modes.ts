import { hasKnownTag } from '../wire/obfuscated2.ts';
import { Debt } from './debt.ts';
import type { Roster } from './roster.ts';
import type { User } from './user.ts';
import { UserTurns } from './user-turns.ts';

/** Users tried for one message: 0.1 to 0.3 ms, less than the way to the site varies by, so that a stranger notices nothing. */
const MOST_USERS = 100;
/** Users tried in a second, for everybody: 1 % of one slow processor. Beyond that whoever comes is a stranger like any other. */
const USERS_PER_SECOND = 5_000;

/**
 * Tells whose secret a bare init header was made with while neither mode that has one is on. Such a client is a stranger
 * whatever the answer: this is for the count and the log only, so that it may cost little and need not find everybody. Of many
 * users each search tries some, in turns; clients come again.
 */
export class OffModes {
  readonly #turns: UserTurns;
  readonly #now: () => number;
  readonly #debt: Debt;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(roster: Roster, now: () => number = () => performance.now()) {
    this.#turns = new UserTurns(roster, MOST_USERS);
    this.#now = now;
    this.#debt = new Debt(USERS_PER_SECOND, now());
  }

  /** @param header exactly 64 bytes */
  ownerOf(header: Uint8Array): User | null {
    const now = this.#now();
    if (this.#debt.isOver(now)) return null;
    this.#debt.add(this.#turns.count, now);
    return this.#turns.find(({ terms }) => hasKnownTag(header, terms.key));
  }
}
