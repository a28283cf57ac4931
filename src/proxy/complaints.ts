import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import { NO_NEWS, type SessionNews } from './session-news.ts';

/**
 * What operators have to hear of the data plane, without a line for each session: an unknown DC once for
 * each id, a DC that fails once until it works again, clocks that differ once a minute.
 */
export class Complaints {
  readonly #log: Log;
  readonly #unknownDcs = new Set<number>();
  readonly #failingDcs = new Set<number>();
  readonly #repeats = new Repeats();
  readonly #news: SessionNews;

  /** @param news hears of every data centre that fails, and of one that works again */
  constructor(log: Log, news: SessionNews = NO_NEWS) {
    this.#log = log;
    this.#news = news;
  }

  /** @param dc 16 bits, so that the set of those told stays small */
  unknownDc(dc: number): void {
    if (this.#unknownDcs.has(dc)) return;
    this.#unknownDcs.add(dc);
    this.#log.warn('a client asked for a data centre we do not know: refused (telegram.dc_overrides can add it)', {
      dc,
    });
  }

  dcFailed(dc: number, reason: string): void {
    this.#news.dataCenter(dc, reason);
    if (this.#failingDcs.has(dc)) return;
    this.#failingDcs.add(dc);
    this.#log.warn('a data centre cannot be reached: its clients are closed and will try again', { dc, reason });
  }

  dcWorks(dc: number): void {
    if (!this.#failingDcs.delete(dc)) return;
    this.#news.dataCenter(dc, null);
    this.#log.info('a data centre can be reached again', { dc });
  }

  /** @param skewMs how far our clock is ahead of the client's */
  clockSkew(skewMs: number): void {
    const times = this.#repeats.count('clock-skew');
    if (times === null) return;
    this.#log.warn(
      'a client with the right secret was refused because its clock differs from ours: check the clock of this machine',
      { skewSeconds: Math.round(skewMs / 1000), times },
    );
  }
}
