/** A walk over twenty thousand sessions takes the event loop some 15 ms; while memory lasts nobody needs it oftener. */
const CALM_MS = 10_000;
/** Where a decision depends on it: so many times as long as it took the last time, which is a twentieth of the processor. */
const REST_TIMES = 20;

/** What of a figure is ours, and what others hold, measured now. */
export interface OwnUseParts {
  /** Kernel memory that our sockets hold. */
  readonly sockets: () => number;
  /** What other programs hold in our own control group. */
  readonly neighbours: () => number;
}

/**
 * Tells our use of memory from that of others where the system counts only both together. It is measured seldom; in between all
 * that TCP's memory grows by counts as ours, until it matters whether it is.
 */
export class OwnUse {
  readonly #parts: OwnUseParts;
  #socketBytes = 0;
  #neighbourBytes = 0;
  /** What all sockets of the machine held then. */
  #allSocketBytes = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;

  constructor(parts: OwnUseParts) {
    this.#parts = parts;
  }

  get neighbourBytes(): number {
    return this.#neighbourBytes;
  }

  /** What our sockets hold at most. @param allBytes what all of the machine hold now */
  socketBytes(allBytes: number): number {
    return Math.min(allBytes, this.#socketBytes + Math.max(0, allBytes - this.#allSocketBytes));
  }

  /** Measures anew unless that was done lately. @param matters whether a decision depends on it @returns whether it did */
  renew(allSocketBytes: number, matters: boolean): boolean {
    const startMs = performance.now();
    if (startMs - this.#measuredAtMs < (matters ? REST_TIMES * this.#tookMs : CALM_MS)) return false;
    this.#allSocketBytes = allSocketBytes;
    this.#socketBytes = Math.min(allSocketBytes, this.#parts.sockets());
    this.#neighbourBytes = this.#parts.neighbours();
    this.#measuredAtMs = performance.now();
    this.#tookMs = this.#measuredAtMs - startMs;
    return true;
  }
}
