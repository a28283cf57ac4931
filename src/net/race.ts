import { type Dialing, type DialResult, failed, reasonOf } from './dialing.ts';

/**
 * A group that is a last resort joins so long after the one before it: longer than a lost first packet takes to be sent again
 * (1 s), so that it does not win against a better one that is only slow.
 */
const LAST_RESORT_MS = 3_000;

/**
 * Dials several entrants: the next starts when one before it failed or after `staggerMs`; the first that connects wins, and the
 * others are given up.
 */
export function race<T>(entrants: readonly T[], staggerMs: number, dialOne: (entrant: T) => Dialing): Dialing {
  const [only] = entrants;
  if (only !== undefined && entrants.length === 1) return dialSafely(only, dialOne); // most addresses are literal, and stand alone
  const contest = new Race(entrants, staggerMs, dialOne);
  return { result: contest.result, cancel: () => contest.end(failed('cancelled')) };
}

/** The same for entrants in groups, the better ones first (see `AddressPreference`). */
export function raceGroups<T>(
  groups: readonly (readonly T[])[],
  staggerMs: number,
  dialOne: (entrant: T) => Dialing,
): Dialing {
  return race(groups, LAST_RESORT_MS, (group) => race(group, staggerMs, dialOne));
}

class Race<T> {
  readonly result: Promise<DialResult>;
  readonly #entrants: readonly T[];
  readonly #staggerMs: number;
  readonly #dialOne: (entrant: T) => Dialing;
  readonly #running = new Set<Dialing>();
  #started = 0;
  #timer: Timer | undefined;
  #settle: ((result: DialResult) => void) | null = null;

  constructor(entrants: readonly T[], staggerMs: number, dialOne: (entrant: T) => Dialing) {
    this.#entrants = entrants;
    this.#staggerMs = staggerMs;
    this.#dialOne = dialOne;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#startNext(failed('no address'));
  }

  end(result: DialResult): void {
    const settle = this.#settle;
    if (settle === null) return;
    this.#settle = null;
    clearTimeout(this.#timer);
    for (const dialing of this.#running) dialing.cancel();
    settle(result);
  }

  /** @param last how the one before failed: with no one left it is how all failed */
  #startNext(last: DialResult): void {
    clearTimeout(this.#timer);
    const entrant = this.#entrants[this.#started];
    if (entrant === undefined) {
      if (this.#running.size === 0) this.end(last);
      return;
    }
    this.#started += 1;
    if (this.#started < this.#entrants.length) this.#timer = setTimeout(() => this.#startNext(last), this.#staggerMs);
    this.#start(entrant);
  }

  #start(entrant: T): void {
    const dialing = dialSafely(entrant, this.#dialOne);
    this.#running.add(dialing);
    void dialing.result.then((result) => this.#arrived(dialing, result));
  }

  #arrived(dialing: Dialing, result: DialResult): void {
    this.#running.delete(dialing);
    if (result.kind === 'failed') {
      if (this.#settle !== null) this.#startNext(result);
    } else if (this.#settle === null) {
      result.conn.reset(); // too late
    } else {
      this.end(result);
    }
  }
}

/** Whatever is thrown, or rejects, is a failed dial. */
function dialSafely<T>(entrant: T, dialOne: (entrant: T) => Dialing): Dialing {
  try {
    const dialing = dialOne(entrant);
    return { result: dialing.result.catch((error) => failed(reasonOf(error))), cancel: () => dialing.cancel() };
  } catch (error) {
    return { result: Promise.resolve(failed(reasonOf(error))), cancel: () => {} };
  }
}
