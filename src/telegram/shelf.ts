import type { Opened } from './pool.ts';

/** As many connections are kept ready as were taken in this time. */
const DEMAND_WINDOW_MS = 10_000;
/** After a failure: the pause before the next opening, doubled up to the second figure. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Telegram leaves a silent connection alone for longer: one that ends sooner is as good as one that was not opened. */
export const SHORT_LIFE_MS = 20_000;

export interface Ready extends Opened {
  readonly openedAtMs: number;
}

/** What stands ready for one data centre, how much is wanted there, and whether opening more makes sense. */
export class Shelf {
  readonly ready: Ready[] = [];
  opening = 0;
  lastUseMs = 0;
  /** Takes in the current and in the last demand window. */
  #taken = 0;
  #takenBefore = 0;
  #windowStartMs = 0;
  /** Above 0: one has failed, and it is not yet clear that others do better. */
  #pauseMs = 0;
  #notBeforeMs = 0;
  /** When the first one was opened after a failure; 0: none yet. */
  #soundSinceMs = 0;

  /** One was asked for. */
  note(now: number): void {
    this.lastUseMs = now;
    this.#enterWindow(now);
    this.#taken += 1;
  }

  /** How many should be opened now. In doubt only one at a time and only on demand: it would be opened for nothing. */
  missing(limit: number, now: number): number {
    if (now < this.#notBeforeMs) return 0;
    if (this.#soundSinceMs > 0 && now - this.#soundSinceMs >= SHORT_LIFE_MS) this.#pauseMs = 0;
    this.#enterWindow(now);
    const taken = Math.max(this.#taken, this.#takenBefore);
    const demand = this.#pauseMs > 0 ? Math.min(1, taken) : Math.max(1, taken);
    return Math.min(limit, demand) - this.ready.length - this.opening;
  }

  /** One could not be opened, or ended early. Those that fail together count once. */
  failed(now: number): void {
    this.#soundSinceMs = 0;
    if (now < this.#notBeforeMs) return;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#notBeforeMs = now + this.#pauseMs;
  }

  keep(one: Ready): void {
    this.ready.push(one);
    if (this.#pauseMs > 0 && this.#soundSinceMs === 0) this.#soundSinceMs = one.openedAtMs;
  }

  /** Begins a new demand window when the current one is over. */
  #enterWindow(now: number): void {
    if (now - this.#windowStartMs <= DEMAND_WINDOW_MS) return;
    this.#takenBefore = now - this.#windowStartMs > 2 * DEMAND_WINDOW_MS ? 0 : this.#taken;
    this.#taken = 0;
    this.#windowStartMs = now;
  }
}
