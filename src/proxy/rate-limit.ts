/** Something that can be told to go on: a pump that was held back. */
export interface Throttled {
  /** Who waits with a lower rank goes first; absent: 0. Those of one rank take turns. */
  readonly rank?: number;
  goOn(): void;
}

/** What holds pumps back that move too much. */
export interface Throttle {
  /** Charges bytes that were moved. @returns true when the pump has to wait for `goOn` */
  charge(bytes: number, pump: Throttled): boolean;
  /** A pump that ends while it waits. */
  forget(pump: Throttled): void;
}

/** How often held-back pumps are looked at; also the burst that is let through at once. */
const TICK_MS = 50;
/** Of the burst: each chunk that somebody waited for leaves a little of it. */
const SPENT_SHARE = 7 / 8;

/**
 * Bytes per second for one user in one direction, or for strangers, shared by all its sessions. A pump reports what it moved;
 * over the rate it is held back until the debt is paid, and those that wait go on one after the other, as much at a time as
 * each is likely to move: else the debt of a crowd would keep all of it waiting for minutes. No timer runs while nobody is held back.
 */
export class RateLimit implements Throttle {
  /** 0: no limit. May be changed while running. */
  bytesPerSecond: number;
  readonly #burstBytes: number | null;
  #allowance = Number.POSITIVE_INFINITY; // until it is first filled
  #filledAtMs = 0;
  #timer: Timer | null = null;
  /** Who waits, with what it has moved of late. */
  readonly #waiting = new Map<Throttled, number>();
  readonly #now: () => number;

  /** @param options.burstBytes what passes at full speed when little has moved before; absent: what the rate gives in a moment */
  constructor(bytesPerSecond: number, options: { readonly burstBytes?: number; readonly now?: () => number } = {}) {
    this.bytesPerSecond = bytesPerSecond;
    this.#burstBytes = options.burstBytes ?? null;
    this.#now = options.now ?? (() => performance.now());
  }

  /** How much of the burst is used up; more than all of it while somebody has to wait. */
  get usedBytes(): number {
    if (this.bytesPerSecond === 0) return 0;
    this.#fill();
    return this.#burst - this.#allowance;
  }

  /** The burst is all but used up: what moves now moves at the rate. */
  get isSpent(): boolean {
    return this.usedBytes > this.#burst * SPENT_SHARE;
  }

  charge(bytes: number, pump: Throttled): boolean {
    if (this.bytesPerSecond === 0) return false;
    this.#fill();
    this.#allowance -= bytes;
    if (this.#allowance >= 0) return false;
    this.#waiting.set(pump, (this.#waiting.get(pump) ?? 0) + bytes);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return true;
  }

  forget(pump: Throttled): void {
    if (this.#waiting.delete(pump) && this.#waiting.size === 0) this.#stop();
  }

  get #burst(): number {
    return this.#burstBytes ?? (this.bytesPerSecond * TICK_MS) / 1000;
  }

  #fill(): void {
    const now = this.#now();
    const earned = ((now - this.#filledAtMs) * this.bytesPerSecond) / 1000;
    this.#allowance = Math.min(this.#burst, this.#allowance + earned);
    this.#filledAtMs = now;
  }

  #tick(): void {
    this.#fill();
    let left = this.bytesPerSecond > 0 ? this.#allowance : Number.POSITIVE_INFINITY;
    if (left < 0) return;
    for (const [pump, bytes] of this.#inOrder()) {
      if (left < 0) break;
      this.#waiting.delete(pump);
      left -= bytes;
      pump.goOn();
    }
    if (this.#waiting.size === 0) this.#stop();
  }

  /** Whose turn it is first. */
  #inOrder(): [Throttled, number][] {
    const ranks = new Map([...this.#waiting.keys()].map((pump) => [pump, pump.rank ?? 0]));
    return [...this.#waiting].sort(([a], [b]) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
