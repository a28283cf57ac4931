/** Something that can be told to go on: a pump that was held back. */
export interface Throttled {
  goOn(): void;
}

/** How often held-back pumps are looked at; also the burst that is let through at once. */
const TICK_MS = 50;

/**
 * Bytes per second for one user in one direction, shared by all its sessions. A pump reports what it moved;
 * over the rate it is held back until the debt is paid. No timer runs while nobody is held back.
 */
export class RateLimit {
  /** 0: no limit. May be changed while running. */
  bytesPerSecond: number;
  #allowance = 0;
  #filledAtMs = 0;
  #timer: Timer | null = null;
  readonly #waiting = new Set<Throttled>();
  readonly #now: () => number;

  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.bytesPerSecond = bytesPerSecond;
    this.#now = now;
  }

  /** Charges bytes that were moved. @returns true when the pump has to wait for `goOn` */
  charge(bytes: number, pump: Throttled): boolean {
    if (this.bytesPerSecond === 0) return false;
    this.#fill();
    this.#allowance -= bytes;
    if (this.#allowance >= 0) return false;
    this.#waiting.add(pump);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return true;
  }

  /** A pump that ends while it waits. */
  forget(pump: Throttled): void {
    if (this.#waiting.delete(pump) && this.#waiting.size === 0) this.#stop();
  }

  #fill(): void {
    const now = this.#now();
    const burst = (this.bytesPerSecond * TICK_MS) / 1000;
    const earned = ((now - this.#filledAtMs) * this.bytesPerSecond) / 1000;
    this.#allowance = Math.min(burst, this.#allowance + earned);
    this.#filledAtMs = now;
  }

  #tick(): void {
    this.#fill();
    if (this.#allowance < 0 && this.bytesPerSecond > 0) return;
    const pumps = [...this.#waiting];
    this.#waiting.clear();
    this.#stop();
    for (const pump of pumps) pump.goOn();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
