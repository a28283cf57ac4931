import type { Roster } from '../../proxy/roster.ts';
import type { User } from '../../proxy/user.ts';
import type { Move } from './messages.ts';

type Counts = { -readonly [Name in Exclude<keyof Move, 'name'>]: number };

/**
 * Keeps users' figures the same in all processes: what moved here is told from time to time, what moved elsewhere is
 * added. Both are amounts, not totals, so that the order in which they cross does not matter.
 */
export class UsageExchange {
  readonly #roster: Roster;
  /** What the others know of each user already. */
  readonly #known = new WeakMap<User, Counts>();

  constructor(roster: Roster) {
    this.#roster = roster;
    this.follow();
  }

  /** Users that came meanwhile count from now on. */
  follow(): void {
    for (const user of this.#roster.users) if (!this.#known.has(user)) this.#known.set(user, countsOf(user));
  }

  /** What has moved here since the last call. */
  moved(): Move[] {
    return this.#roster.users.flatMap((user) => {
      const now = countsOf(user);
      const move = difference(now, this.#known.get(user) ?? now);
      if (move.uplinkMessages + move.downlinkMessages + move.uplinkBytes + move.downlinkBytes === 0) return [];
      this.#known.set(user, now);
      return [{ name: user.terms.name, ...move }];
    });
  }

  /** Adds what has moved elsewhere. */
  add(moves: readonly Move[]): void {
    addMoves(this.#roster, moves);
    for (const move of moves) {
      const user = this.#roster.get(move.name);
      const known = user === null ? undefined : this.#known.get(user);
      if (known !== undefined) addTo(known, move);
    }
  }
}

/** Adds what was moved elsewhere to the users' figures; of users that were removed meanwhile nothing is left to add to. */
export function addMoves(roster: Roster, moves: readonly Move[]): void {
  for (const move of moves) {
    const user = roster.get(move.name);
    if (user !== null) addTo(user, move);
  }
}

function countsOf({ uplinkBytes, downlinkBytes, uplinkMessages, downlinkMessages }: Counts): Counts {
  return { uplinkBytes, downlinkBytes, uplinkMessages, downlinkMessages };
}

function difference(a: Counts, b: Counts): Counts {
  return {
    uplinkBytes: a.uplinkBytes - b.uplinkBytes,
    downlinkBytes: a.downlinkBytes - b.downlinkBytes,
    uplinkMessages: a.uplinkMessages - b.uplinkMessages,
    downlinkMessages: a.downlinkMessages - b.downlinkMessages,
  };
}

function addTo(sum: Counts, part: Counts): void {
  sum.uplinkBytes += part.uplinkBytes;
  sum.downlinkBytes += part.downlinkBytes;
  sum.uplinkMessages += part.uplinkMessages;
  sum.downlinkMessages += part.downlinkMessages;
}
