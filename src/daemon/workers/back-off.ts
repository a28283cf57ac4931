const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** One that lived so long did not die of its start. */
const STEADY_MS = 10_000;

/** How long to wait before something that ended is started again: not at all, or longer each time when it ends right away. */
export class BackOff {
  #pauseMs = 0;

  /** @param livedMs how long the last one lived */
  next(livedMs: number): number {
    this.#pauseMs = livedMs >= STEADY_MS ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    return this.#pauseMs;
  }
}
