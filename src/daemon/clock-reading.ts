import type { DcAnswer } from '../telegram/ask-data-center.ts';

/** A wall clock that runs with the monotonic one drifts from it by far less; what is more was a step. */
const STEP_MS = 2_000;

/** How far this machine's clock was ahead of Telegram's at a look; void as soon as somebody sets the clock. */
export class ClockReading {
  readonly aheadMs: number;
  readonly #offsetMs = wallOffsetMs();

  private constructor(aheadMs: number) {
    this.aheadMs = aheadMs;
  }

  /** @returns null when no data centre has told its time */
  static from(answers: readonly DcAnswer[]): ClockReading | null {
    const told = answers.flatMap((answer) => (answer.kind === 'answered' ? [answer] : []));
    // The shortest way tells the time best: it is off by half of it at most.
    const [best] = told.toSorted((a, b) => a.tookMs - b.tookMs);
    return best === undefined ? null : new ClockReading(-best.aheadMs);
  }

  isVoid(): boolean {
    return Math.abs(wallOffsetMs() - this.#offsetMs) > STEP_MS;
  }
}

/** Between the wall clock, which may be set, and the one that only goes forward. */
function wallOffsetMs(): number {
  return Date.now() - performance.now();
}
