import { join } from 'node:path';
import { linesOf } from './lines-of.ts';
import type { CrowdAnswer, CrowdJob } from './stalled-crowd-process.ts';

const PROGRAM = join(import.meta.dir, 'stalled-crowd-process.ts');
/** Each client takes two descriptors, one of them on the data centre's side. */
const OPEN_FILES = 16_000;

/** A data centre that never stops sending, and clients that ask it for that and read nothing: a process of its own. */
export class StalledCrowd implements AsyncDisposable {
  readonly dcPort: number;
  readonly #process: Bun.Subprocess<'pipe', 'pipe', 'inherit'>;
  readonly #lines: AsyncGenerator<string>;

  private constructor(
    process: Bun.Subprocess<'pipe', 'pipe', 'inherit'>,
    lines: AsyncGenerator<string>,
    dcPort: number,
  ) {
    this.#process = process;
    this.#lines = lines;
    this.dcPort = dcPort;
  }

  static async start(): Promise<StalledCrowd> {
    const child = Bun.spawn(
      ['sh', '-c', `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$0" "$@"`, process.execPath, PROGRAM],
      { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' },
    );
    const lines = linesOf(child.stdout);
    const { dcPort } = JSON.parse((await lines.next()).value ?? '{}') as { dcPort: number };
    return new StalledCrowd(child, lines, dcPort);
  }

  /** Lets so many more clients try to get a session each. */
  stall(port: number, clients: number): Promise<CrowdAnswer> {
    return this.#ask({ do: 'stall', port, clients });
  }

  /** All clients leave. */
  async leave(): Promise<void> {
    await this.#ask({ do: 'leave' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }

  async #ask(job: CrowdJob): Promise<CrowdAnswer> {
    this.#process.stdin.write(`${JSON.stringify(job)}\n`);
    this.#process.stdin.flush();
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error('the crowd is gone');
    return JSON.parse(value) as CrowdAnswer;
  }
}
