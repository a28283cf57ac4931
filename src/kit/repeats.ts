/** The same line is written at most so often. */
const REPEAT_MS = 60_000;
/** Keys remembered at once; beyond that the one told longest ago is forgotten, and may be told again early. */
const MAX_KEYS = 256;

interface Entry {
  toldAtMs: number;
  /** How often it has happened since it was told. */
  untold: number;
}

/**
 * Keeps complaints to one line a minute each, however often they happen: the line then says how often. Measured by the
 * monotonic clock, so that a wall clock that is set does neither silence nor repeat anything.
 */
export class Repeats {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Notes that something has happened.
   * @param key what is told apart, such as the kind of complaint and the user's name
   * @returns how often it has happened since it was last told, this time included; null when it was told less than a minute ago
   */
  count(key: string): number | null {
    const now = this.#now();
    const entry = this.#entries.get(key);
    if (entry !== undefined && now - entry.toldAtMs < REPEAT_MS) {
      entry.untold += 1;
      return null;
    }
    this.#entries.delete(key); // so that the order of the map is the order of telling
    this.#entries.set(key, { toldAtMs: now, untold: 0 });
    this.#trim();
    return (entry?.untold ?? 0) + 1;
  }

  #trim(): void {
    if (this.#entries.size <= MAX_KEYS) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
