/** What growth beyond the promised size may leave charged: the rest is kept for sessions that are still below it. */
const SPARE_SHARE = 1 / 2;

/** The memory that grown buffers may hold, all sessions together. */
export class BufferBudget {
  readonly limitBytes: number;
  chargedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
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
