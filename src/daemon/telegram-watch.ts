import { type DcAnswer, troubleOf } from '../telegram/ask-data-center.ts';
import { ClockReading } from './clock-reading.ts';

/** When Telegram is looked at again, milliseconds. */
export interface LookTimes {
  /** After the first look that failed, doubled for each further one, and after news from sessions. */
  readonly retryMs: number;
  /** The longest pause, and the one while all is well. */
  readonly pauseMs: number;
}

const TIMES: LookTimes = { retryMs: 15_000, pauseMs: 5 * 60_000 };
/** The part of a pause by which it may be shorter or longer, so that no clockwork shows. */
const JITTER = 0.2;

export interface TelegramWatchParts {
  /** Those that are always asked; one that fails a session is asked until it answers. */
  readonly dcs: readonly number[];
  readonly ask: (dc: number) => Promise<DcAnswer>;
  /** A data centre fails, or answers again. */
  readonly onChange: () => void;
  readonly times?: LookTimes | undefined;
}

/**
 * Knows without any session which data centres answer: all are asked at the start and every few minutes. What sessions find
 * out counts as well: a failure at once, and that it is over after a look.
 */
export class TelegramWatch {
  readonly #parts: TelegramWatchParts;
  readonly #times: LookTimes;
  /** By data centre that was looked at or failed a session: why it fails, null when it answers. */
  readonly #troubles = new Map<number, string | null>();
  #clock: ClockReading | null = null;
  #timer: Timer | null = null;
  /** Looks in a row that found a failure. */
  #failedLooks = 0;
  #lastEndMs = Number.NEGATIVE_INFINITY;
  #hasNews = false;
  #isClosed = false;

  constructor(parts: TelegramWatchParts) {
    this.#parts = parts;
    this.#times = parts.times ?? TIMES;
    void this.#look();
  }

  /** What is known of each data centre: null when it answers, else why it does not. */
  get troubles(): Record<string, string | null> {
    return Object.fromEntries(this.#troubles);
  }

  /** How far this machine's clock is ahead of Telegram's; null: not known, or the clock was set since. */
  get clockAheadMs(): number | null {
    return this.#clock === null || this.#clock.isVoid() ? null : this.#clock.aheadMs;
  }

  /** What a session met. @param reason why it failed; null: it worked */
  heard(dc: number, reason: string | null): void {
    if ((reason !== null) === this.#isFailing(dc)) return;
    if (reason !== null) {
      this.#troubles.set(dc, reason);
      this.#parts.onChange();
    }
    this.#lookSoon();
  }

  /** One of its addresses has let sessions go without an answer, or answers again: whether the others do has to be seen. */
  heardOfAddress(dc: number, isFailing: boolean): void {
    if (isFailing !== this.#isFailing(dc)) this.#lookSoon();
  }

  /** Looks anew where the machine's clock was set since the last time. */
  followClock(): void {
    if (this.#clock?.isVoid() !== true) return;
    this.#clock = null;
    this.#lookSoon();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    this.#timer = null;
    this.#hasNews = false;
    const failing = [...this.#troubles].flatMap(([dc, trouble]) => (trouble === null ? [] : [dc]));
    const dcs = [...new Set([...this.#parts.dcs, ...failing])];
    const answers = await Promise.all(dcs.map(this.#parts.ask));
    if (this.#isClosed) return;
    const hasChanged = answers.map((answer, index) => this.#take(dcs[index] ?? 0, answer)).includes(true);
    this.#clock = ClockReading.from(answers) ?? this.#clock;
    this.#lastEndMs = performance.now();
    this.#failedLooks = answers.every(({ kind }) => kind === 'answered') ? 0 : this.#failedLooks + 1;
    this.#schedule(this.#hasNews ? this.#times.retryMs : this.#pauseMs());
    if (hasChanged) this.#parts.onChange();
  }

  /** @returns whether it fails now, or answers again */
  #take(dc: number, answer: DcAnswer): boolean {
    const trouble = troubleOf(answer);
    const before = this.#troubles.get(dc) ?? null;
    this.#troubles.set(dc, trouble);
    return (trouble === null) !== (before === null);
  }

  #isFailing(dc: number): boolean {
    return (this.#troubles.get(dc) ?? null) !== null;
  }

  #pauseMs(): number {
    const { retryMs, pauseMs } = this.#times;
    if (this.#failedLooks > 0) return Math.min(pauseMs, retryMs * 2 ** (this.#failedLooks - 1));
    return pauseMs * (1 - JITTER + 2 * JITTER * Math.random());
  }

  #lookSoon(): void {
    this.#hasNews = true;
    if (this.#timer === null) return; // a look is under way, and another one follows it
    clearTimeout(this.#timer);
    this.#failedLooks = 0;
    this.#schedule(Math.max(0, this.#lastEndMs + this.#times.retryMs - performance.now()));
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#look(), delayMs);
    this.#timer.unref();
  }
}
