import type { Sign, WarningSign } from '../admin/warning-signs.ts';
import type { Log } from '../kit/log.ts';

/** Writes warning signs to the log: each when it appears and when it has gone, not at every look. */
export class WarningLog {
  readonly #log: Log;
  readonly #standing = new Set<Sign>();

  constructor(log: Log) {
    this.#log = log;
  }

  follow(warnings: readonly WarningSign[]): void {
    for (const { sign, message, advice } of warnings) {
      if (!this.#standing.has(sign)) this.#log.warn(message, { sign, advice });
    }
    for (const sign of this.#standing) {
      if (!warnings.some((warning) => warning.sign === sign)) this.#log.info('a warning sign has gone', { sign });
    }
    this.#standing.clear();
    for (const { sign } of warnings) this.#standing.add(sign);
  }
}
