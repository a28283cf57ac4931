import { join } from 'node:path';
import { hex } from '../../src/kit/bytes.ts';
import { linesOf } from './lines-of.ts';
import type { SilentAnswer, SilentJob } from './silent-crowd-process.ts';

const PROGRAM = join(import.meta.dir, 'silent-crowd-process.ts');
const OPEN_FILES = 16_000;

/** Connections that say nothing, or begin to say something, and then wait: in a process of their own. */
export class SilentCrowd implements AsyncDisposable {
  readonly #process: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly #lines: AsyncGenerator<string>;

  constructor() {
    this.#process = Bun.spawn(
      ['sh', '-c', `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$0" "$@"`, process.execPath, PROGRAM],
      { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' },
    );
    this.#lines = linesOf(this.#process.stdout);
  }

  /** So many more come from this address, each with these words. */
  connect(port: number, count: number, from: string, words: Uint8Array = new Uint8Array(0)): Promise<SilentAnswer> {
    return this.#ask({ do: 'connect', port, count, from, say: hex(words) });
  }

  count(): Promise<SilentAnswer> {
    return this.#ask({ do: 'count' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }

  async #ask(job: SilentJob): Promise<SilentAnswer> {
    this.#process.stdin.write(`${JSON.stringify(job)}\n`);
    this.#process.stdin.flush();
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error('the crowd is gone');
    return JSON.parse(value) as SilentAnswer;
  }
}
