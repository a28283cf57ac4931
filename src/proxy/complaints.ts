import type { Log } from '../kit/log.ts';

/** The same complaint is written at most so often. */
const REPEAT_MS = 60_000;

/**
 * What operators have to hear of the data plane, without a line for each session: an unknown DC once for
 * each id, a DC that fails once until it works again, clocks that differ once a minute.
 */
export class Complaints {
  readonly #log: Log;
  readonly #unknownDcs = new Set<number>();
  readonly #failingDcs = new Set<number>();
  #skewToldAtMs = 0;

  constructor(log: Log) {
    this.#log = log;
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
    if (this.#failingDcs.has(dc)) return;
    this.#failingDcs.add(dc);
    this.#log.warn('a data centre cannot be reached: its clients are closed and will try again', { dc, reason });
  }

  dcWorks(dc: number): void {
    if (this.#failingDcs.delete(dc)) this.#log.info('a data centre can be reached again', { dc });
  }

  clockSkew(skewMs: number, nowMs: number): void {
    if (nowMs - this.#skewToldAtMs < REPEAT_MS) return;
    this.#skewToldAtMs = nowMs;
    this.#log.warn(
      'a client with the right secret was refused because its clock differs from ours: check the clock of this machine',
      { skewSeconds: Math.round(skewMs / 1000) },
    );
  }
}
