/** What growth beyond the promised size may leave charged: the rest is kept for sessions that are still below it. */
const SPARE_SHARE = 1 / 2;

/** The memory that grown buffers may hold, all sessions together. */
export class BufferBudget {
  limitBytes: number;
  chargedBytes = 0;
  readonly #mostBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
    this.#mostBytes = limitBytes;
  }

  /** While others hold much of the memory there is less to grow into. What is charged stays so. @param bytes at most so much, never more than at the start */
  shrinkTo(bytes: number): void {
    this.limitBytes = Math.min(this.#mostBytes, bytes);
  }

  /**
   * Charges so many bytes more, or none at all.
   * @param want `promised` may use the budget up, `spare` takes only what nobody is likely to need
   * @returns whether they were there
   */
  take(bytes: number, want: 'promised' | 'spare'): boolean {
    const limit = want === 'promised' ? this.limitBytes : this.limitBytes * SPARE_SHARE;
    if (this.chargedBytes + bytes > limit) return false;
    this.chargedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.chargedBytes -= bytes;
  }
}
