import { join } from 'node:path';
import { linesOf } from '../test/support/lines-of.ts';
import type { Answer, Done, Job } from './load/job.ts';
import { spawnProgram } from './programs.ts';

/** The load process as the benchmark sees it: jobs in, figures out. */
export class LoadProcess {
  readonly dcPort: number;
  readonly #program: ReturnType<typeof spawnProgram>;
  readonly #answers: AsyncGenerator<string>;

  private constructor(program: ReturnType<typeof spawnProgram>, answers: AsyncGenerator<string>, dcPort: number) {
    this.#program = program;
    this.#answers = answers;
    this.dcPort = dcPort;
  }

  /** @param options.dcPort 0: any free port; null: no data centre, only clients */
  static async start({ dcPort }: { dcPort: number | null }): Promise<LoadProcess> {
    const args = dcPort === null ? ['--no-dc'] : ['--dc-port', String(dcPort)];
    const program = spawnProgram('load', [join(import.meta.dir, 'load/main.ts'), ...args]);
    const answers = linesOf(program.stdout);
    const { dcPort: bound } = JSON.parse((await answers.next()).value ?? '{}') as { dcPort: number };
    return new LoadProcess(program, answers, bound);
  }

  /** @throws when the job failed: a connection ended, or bytes came changed */
  async ask(job: Job): Promise<Done> {
    this.#program.stdin.write(`${JSON.stringify(job)}\n`);
    this.#program.stdin.flush();
    const line = (await this.#answers.next()).value ?? '{"failed":"the load process ended"}';
    const answer = JSON.parse(line) as Answer;
    if ('failed' in answer) throw new Error(`${job.do}: ${answer.failed}`);
    return answer;
  }

  async end(): Promise<void> {
    this.#program.stdin.end();
    await this.#program.exited;
  }
}
