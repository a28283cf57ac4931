import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Failing, Fault } from '../telegram/standing.ts';
import { NO_NEWS, type SessionNews } from './session-news.ts';

/** Remembered as told: far more than there are DCs with addresses, unless a name gets new ones all the time. */
const MAX_FAILING = 256;

const FAULTS: Record<Fault, string> = {
  silent: 'it is silent',
  closed: 'it closes or resets the connection',
  foreign: 'it does not speak as a data centre does',
};

/**
 * What operators have to hear of the data plane, without a line for each session: an unknown DC once for
 * each id, a DC or an address of it that fails once until it works again and at most once a minute, clocks that differ once
 * a minute.
 */
export class Complaints {
  readonly #log: Log;
  readonly #unknownDcs = new Set<number>();
  /** DCs that were told as failing, by id, and addresses, by number and address. */
  readonly #failing = new Set<string>();
  /** DCs that failed a session since they last answered one. */
  readonly #unreached = new Set<number>();
  readonly #repeats: Repeats;
  readonly #news: SessionNews;

  /**
   * @param news hears of every DC and address that fails, and of one that works again
   * @param now milliseconds of a clock that only goes forward
   */
  constructor(log: Log, news: SessionNews = NO_NEWS, now?: () => number) {
    this.#log = log;
    this.#news = news;
    this.#repeats = new Repeats(now);
  }

  /** @param dc 16 bits, so that the set of those told stays small */
  unknownDc(dc: number): void {
    if (this.#unknownDcs.has(dc)) return;
    this.#unknownDcs.add(dc);
    this.#log.warn('a client asked for a data centre we do not know: refused (telegram.dc_overrides can add it)', {
      dc,
    });
  }

  /** None of its addresses took a connection. */
  dcFailed(dc: number, reason: string): void {
    this.#unreached.add(dc);
    this.#news.dataCenter(dc, reason);
    this.#failed(`${dc}`, (times) => {
      const message = 'a data centre cannot be reached: its clients are closed and will try again';
      this.#log.warn(message, { dc, reason, times });
    });
  }

  /** It has answered a session. */
  dcWorks(dc: number): void {
    if (this.#unreached.delete(dc)) this.#news.dataCenter(dc, null);
    if (this.#failing.delete(`${dc}`)) this.#log.info('a data centre can be reached again', { dc });
  }

  /** An address has taken connections without answering, or answers again. @param dc its number, for its media id too */
  dcAddress(dc: number, { address, fault }: Failing, isFailing: boolean): void {
    this.#news.address(dc, isFailing);
    const key = `${dc} ${address}`;
    if (isFailing) {
      this.#failed(key, (times) => {
        const message =
          'an address of a data centre takes connections but does not answer: others, if any, are tried first (see petrel doctor)';
        this.#log.warn(message, { dc, address, saw: FAULTS[fault], times });
      });
    } else if (this.#failing.delete(key)) {
      this.#log.info('an address of a data centre answers again', { dc, address });
    }
  }

  /** Tells what is not told yet, so that what comes and goes is not told at each change. */
  #failed(key: string, tell: (times: number) => void): void {
    if (this.#failing.has(key)) return;
    const times = this.#repeats.count(key);
    if (times === null) return;
    this.#failing.add(key);
    for (const oldest of this.#failing) if (this.#failing.size > MAX_FAILING) this.#failing.delete(oldest);
    tell(times);
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
