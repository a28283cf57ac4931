import { Debt } from './debt.ts';
import type { Answer } from './gate.ts';
import { RecentMap } from './recent-map.ts';
import type { Roster } from './roster.ts';
import type { User } from './user.ts';

/** Users tried in one go, about a millisecond's work; then others have their turn. */
const SLICE_USERS = 400;
/**
 * Users tried in vain that a network, and all of them together, may cost in a second: 5 and 25 % of one slow processor. A second's
 * worth may come at once. With 100 users that is 200 wrong secrets a second for a network, with 10,000 two.
 */
const NETWORK_USERS_PER_SECOND = 20_000;
const ALL_USERS_PER_SECOND = 100_000;
/** Networks with a debt that are remembered. */
const MAX_NETWORKS = 4_096;
/** Users admitted last, who are tried also when a search through all would be too much. */
const RECENT_USERS = 32;

/**
 * Finds whose secret a handshake was made with. There is no short cut: each user costs an HMAC or a hash. So what worked before
 * is tried first, long searches are cut into slices, and searches that find nobody are bounded by network and in all. Beyond that
 * only users who came lately are tried, and whoever else comes is a stranger for the moment.
 */
export class SecretSearch {
  readonly #roster: Roster;
  readonly #now: () => number;
  readonly #recent = new RecentMap<User>(RECENT_USERS);
  readonly #debts = new RecentMap<Debt>(MAX_NETWORKS);
  readonly #all: Debt;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(roster: Roster, now: () => number = () => performance.now()) {
    this.#roster = roster;
    this.#now = now;
    this.#all = new Debt(ALL_USERS_PER_SECOND, now());
  }

  /** A user was admitted. */
  remember(user: User): void {
    this.#recent.set(user.terms.name, user);
  }

  /**
   * @param hints who it is likely to be
   * @param network of the client
   * @param isMatch whether it is this user's secret; called once for each user at most
   * @returns at once when few users have to be tried
   */
  find(hints: readonly (User | undefined)[], network: string, isMatch: (user: User) => boolean): Answer<User | null> {
    const tried = new Set<User>();
    const hit = this.#tryAll(hints, tried, isMatch);
    if (hit !== null) return hit;
    if (this.#isTooMuch(network)) return this.#tryAll(this.#recent.values(), tried, isMatch);
    const { users } = this.#roster;
    const found = trySlice(users, 0, tried, isMatch);
    if (found !== null || users.length <= SLICE_USERS) return this.#conclude(found, users.length, network);
    return this.#findFurther(users, tried, network, isMatch);
  }

  async #findFurther(
    users: readonly User[],
    tried: ReadonlySet<User>,
    network: string,
    isMatch: (user: User) => boolean,
  ): Promise<User | null> {
    let found: User | null = null;
    for (let at = SLICE_USERS; at < users.length && found === null; at += SLICE_USERS) {
      await new Promise(setImmediate);
      found = trySlice(users, at, tried, isMatch);
    }
    // A reload may have come in between.
    return this.#conclude(found !== null && this.#isStill(found) ? found : null, users.length, network);
  }

  /** Only searches in vain are charged: clients after a restart are let in as fast as the machine can. */
  #conclude(found: User | null, users: number, network: string): User | null {
    if (found !== null) return found;
    const now = this.#now();
    this.#debtOf(network, now).add(users, now);
    this.#all.add(users, now);
    return null;
  }

  #isTooMuch(network: string): boolean {
    const now = this.#now();
    return this.#all.isOver(now) || this.#debtOf(network, now).isOver(now);
  }

  #debtOf(network: string, now: number): Debt {
    let debt = this.#debts.get(network);
    if (debt === undefined) {
      debt = new Debt(NETWORK_USERS_PER_SECOND, now);
      this.#debts.set(network, debt);
    }
    return debt;
  }

  #tryAll(users: Iterable<User | undefined>, tried: Set<User>, isMatch: (user: User) => boolean): User | null {
    for (const user of users) {
      if (user === undefined || tried.has(user) || !this.#isStill(user)) continue;
      tried.add(user);
      if (isMatch(user)) return user;
    }
    return null;
  }

  /** Whoever worked before may have been removed since: only who is still in the roster counts. */
  #isStill(user: User): boolean {
    return this.#roster.get(user.terms.name) === user;
  }
}

function trySlice(
  users: readonly User[],
  start: number,
  tried: ReadonlySet<User>,
  isMatch: (user: User) => boolean,
): User | null {
  const end = Math.min(users.length, start + SLICE_USERS);
  for (let index = start; index < end; index += 1) {
    const user = users[index] as User;
    if (!tried.has(user) && isMatch(user)) return user;
  }
  return null;
}
