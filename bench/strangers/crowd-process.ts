import { join } from 'node:path';
import { linesOf } from '../../test/support/lines-of.ts';
import { end, type Program, spawnProgram } from '../programs.ts';
import type { CrowdOrder } from './crowd.ts';

/** Strangers and the site that they are led to, as a process of their own. */
export class CrowdProcess {
  readonly sitePort: number;
  readonly #program: Program;
  readonly #answers: AsyncGenerator<string>;

  private constructor(program: Program, answers: AsyncGenerator<string>, sitePort: number) {
    this.#program = program;
    this.#answers = answers;
    this.sitePort = sitePort;
  }

  /** @param core which one it is to keep to */
  static async start(core: 'load' | 'any'): Promise<CrowdProcess> {
    const program = spawnProgram(core, [join(import.meta.dir, 'crowd.ts')]);
    const answers = linesOf(program.stdout);
    return new CrowdProcess(program, answers, Number((await answers.next()).value));
  }

  /** Resolves when it is done. */
  async order(what: CrowdOrder): Promise<void> {
    this.#program.stdin.write(`${JSON.stringify(what)}\n`);
    this.#program.stdin.flush();
    await this.#answers.next();
  }

  end(): Promise<void> {
    return end(this.#program);
  }
}
