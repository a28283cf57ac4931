/**
 * What buffers are wanted for: those that users are promised, those that users can do without, those of strangers.
 */
export type Want = 'promised' | 'spare' | 'strangers';

/** The part of the budget that each may leave charged: the rest is kept for what comes before it. */
const SHARES: Readonly<Record<Want, number>> = { promised: 1, spare: 1 / 2, strangers: 1 / 4 };

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
   * @returns whether they were there
   */
  take(bytes: number, want: Want): boolean {
    if (this.chargedBytes + bytes > this.limitBytes * SHARES[want]) return false;
    this.chargedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.chargedBytes -= bytes;
  }
}
