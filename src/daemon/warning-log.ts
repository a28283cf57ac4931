import { NAMING_SIGNS, type Sign, type WarningSign } from '../admin/warning-signs.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';

/** Writes warning signs to the log: each when it appears and when it has gone, not at every look, and never twice a minute. */
export class WarningLog {
  readonly #log: Log;
  readonly #repeats: Repeats;
  /** What was told of the signs that show. */
  readonly #told = new Map<Sign, string>();

  constructor(log: Log, repeats = new Repeats()) {
    this.#log = log;
    this.#repeats = repeats;
  }

  follow(warnings: readonly WarningSign[]): void {
    for (const warning of warnings) if (this.#isNews(warning)) this.#tell(warning);
    for (const sign of [...this.#told.keys()]) {
      if (warnings.some((warning) => warning.sign === sign)) continue;
      this.#told.delete(sign);
      this.#log.info('warning cleared', { sign });
    }
  }

  #isNews({ sign, message }: WarningSign): boolean {
    const told = this.#told.get(sign);
    return told === undefined || (told !== message && NAMING_SIGNS.includes(sign));
  }

  /** What can't be told now is told at a later look, if it still shows then. */
  #tell({ sign, message, advice }: WarningSign): void {
    const times = this.#repeats.count(NAMING_SIGNS.includes(sign) ? message : sign);
    if (times === null) return;
    this.#told.set(sign, message);
    this.#log.warn(message, { sign, advice });
  }
}
