const TICK_MS = 1_000;
/** Workers report twice a second; one so busy that it is late by this serves nobody either. */
const MOST_SILENT_TICKS = 10;

/**
 * Tells of those that have fallen silent. Silence is counted in ticks of our own loop: when the whole machine stood still, or the
 * container was paused, nobody is blamed for it.
 */
export class Watchdog<T> {
  readonly #silentTicks = new Map<T, number>();
  readonly #onSilence: (one: T) => void;
  readonly #timer: Timer;

  /** @param onSilence called once, then it is forgotten */
  constructor(onSilence: (one: T) => void) {
    this.#onSilence = onSilence;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** It has said something; from the first time on it is expected to again. */
  heard(one: T): void {
    this.#silentTicks.set(one, 0);
  }

  forget(one: T): void {
    this.#silentTicks.delete(one);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#silentTicks.clear();
  }

  #tick(): void {
    for (const [one, ticks] of this.#silentTicks) {
      this.#silentTicks.set(one, ticks + 1);
      if (ticks < MOST_SILENT_TICKS) continue;
      this.#silentTicks.delete(one);
      this.#onSilence(one);
    }
  }
}
