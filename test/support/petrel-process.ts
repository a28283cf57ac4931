import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOSED_PORT, DOMAIN, type LogLine, until } from './proxy.ts';

export const MAIN = join(import.meta.dir, '../../src/main.ts');
const START_LIMIT_MS = 10_000;
const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux

/** A working directory with what a real process reads and leaves. */
export class PetrelFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'petrel-process-'));

  /**
   * Writes petrel.toml: everything on loopback, the port left to the system, and more of it as given.
   * @param options.listen null: not written, so that the default counts
   */
  configure(
    options: {
      dcPort?: number;
      sitePort?: number;
      toml?: string;
      top?: string;
      listen?: readonly string[] | null;
    } = {},
  ): void {
    const { dcPort = CLOSED_PORT, sitePort = CLOSED_PORT, toml = '', top = '', listen = ['127.0.0.1'] } = options;
    const section = (name: string, body: string) => (toml.includes(`[${name}]`) ? '' : `[${name}]\n${body}`);
    this.write(
      'petrel.toml',
      [
        top.includes('port =') ? '' : 'port = 0',
        listen === null ? '' : `listen = ${JSON.stringify(listen)}`,
        'public_host = "proxy.example.org"',
        top,
        toml,
        section('modes', 'classic = true\nsecure = true\ntls = true'),
        section('tls', `domain = "${DOMAIN}"`),
        section('mask', `host = "127.0.0.1"\nport = ${sitePort}`),
        section('log', 'format = "json"'),
        '[telegram.dc_overrides]',
        ...[1, 2, 3, 4, 5, 203].map((id) => `"${id}" = "127.0.0.1:${dcPort}"`),
        '',
      ].join('\n'),
    );
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.file(name), text);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `ulimit -n`. */
  readonly openFiles?: number;
  /** A compiled petrel; default: the sources. */
  readonly executable?: string;
  /** A program to run in place of src/main.ts. */
  readonly program?: string;
  /** The file that takes a process into a control group. */
  readonly group?: string;
  /** A program that becomes petrel: put before its words. */
  readonly through?: readonly string[];
}

/** `petrel run` as a process of its own. */
export class PetrelProcess implements AsyncDisposable {
  readonly logLines: LogLine[] = [];
  /** What it wrote so far. */
  out = '';
  err = '';
  readonly exited: Promise<number>;
  readonly #process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  #unfinishedLine = '';

  constructor(folder: PetrelFolder, options: RunOptions = {}) {
    const { args = [], env = {}, openFiles, executable, program = MAIN, group, through = [] } = options;
    const petrel = executable === undefined ? [process.execPath, program] : [executable];
    const command = [...through, ...petrel, 'run', ...args];
    const limits = [
      ...(openFiles === undefined ? [] : [`ulimit -n ${openFiles}`]),
      ...(group === undefined ? [] : [`echo $$ > ${group}`]),
    ];
    const limited = ['sh', '-c', [...limits, 'exec "$@"'].join(' && '), 'sh', ...command];
    this.#process = Bun.spawn(limits.length === 0 ? command : limited, {
      cwd: folder.path,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const ends = [
      read(this.#process.stdout, (text) => {
        this.out += text;
      }),
      read(this.#process.stderr, (text) => this.#log(text)),
      this.#process.exited,
    ] as const;
    this.exited = Promise.all(ends).then(([, , code]) => code);
  }

  /** Starts and waits until it serves. */
  static async serving(folder: PetrelFolder, options: RunOptions = {}): Promise<PetrelProcess> {
    const started = new PetrelProcess(folder, options);
    let isOver = false;
    void started.exited.then(() => {
      isOver = true;
    });
    await until(() => isOver || started.port !== 0, 'serving', START_LIMIT_MS);
    if (isOver) throw new Error(`it ended at its start:\n${started.out}${started.err}`);
    return started;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The port of the first address that it says it serves; 0 before it does. */
  get port(): number {
    const serving = this.logLines.find(({ message }) => message === 'serving');
    return Number(/:(\d+)/.exec(String(serving?.['addresses']))?.[1] ?? 0);
  }

  /** Processor time so far, own and for the kernel's work on its behalf. */
  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  logged(message: string): LogLine[] {
    return this.logLines.filter((line) => line.message.includes(message));
  }

  /** Waits for the `count`-th log line with `message`. */
  async told(message: string, count = 1, limitMs?: number): Promise<LogLine> {
    await until(() => this.logged(message).length >= count, `the log line "${message}"`, limitMs);
    return this.logged(message)[count - 1] ?? Promise.reject(new Error('gone'));
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGKILL'): void {
    this.#process.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
  }

  #log(text: string): void {
    this.err += text;
    const lines = (this.#unfinishedLine + text).split('\n');
    this.#unfinishedLine = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.logLines.push(JSON.parse(line) as LogLine);
  }
}

/** Another command than `run`, in a folder. */
export class PetrelCommand {
  out = '';
  err = '';
  readonly exited: Promise<number>;
  readonly #process: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

  constructor(folder: PetrelFolder, ...args: readonly string[]) {
    this.#process = Bun.spawn([process.execPath, MAIN, ...args], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'] ?? '' },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const ends = [
      read(this.#process.stdout, (text) => {
        this.out += text;
      }),
      read(this.#process.stderr, (text) => {
        this.err += text;
      }),
      this.#process.exited,
    ] as const;
    this.exited = Promise.all(ends).then(([, , code]) => code);
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.#process.kill(name);
  }
}

/** Runs another command than `run` to its end. */
export async function petrelCommand(folder: PetrelFolder, ...args: readonly string[]) {
  const command = new PetrelCommand(folder, ...args);
  const code = await command.exited;
  return { code, out: command.out, err: command.err };
}

async function read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
