import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { askRunning } from '../../src/admin/control-client.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { readText } from '../../src/kit/read-text.ts';
import { openDescriptors } from '../../test/support/descriptors.ts';
import { memoryMb } from '../target.ts';
import type { Instruction } from './instruments.ts';

const ROOT = join(import.meta.dir, '../..');
const ASKS = 200;
const ASK_AGAIN_MS = 50;
const MB = 1024 * 1024;

/** What is in use once all garbage is collected, in MB. */
export interface MemoryInUse {
  readonly rss: number;
  /** Without pages of files: the runtime's code comes and goes (src/cli/after-start.ts). */
  readonly anonymous: number;
  /** JavaScript objects and what they hold. */
  readonly heap: number;
}

/** What the process is kept to. */
export interface Confinement {
  readonly openFiles?: number;
  /** The file that takes a process into a control group. */
  readonly group?: string;
}

/** The proxy under test, a process of its own in `folder`, with a clock that can be set. */
export class ProxyProcess {
  readonly #process: Subprocess<'ignore', 'ignore', 'inherit'>;
  readonly #folder: string;
  #collected: PromiseWithResolvers<number> | null = null;

  private constructor(folder: string, { openFiles, group }: Confinement) {
    this.#folder = folder;
    const preload = join(import.meta.dir, 'instruments.ts');
    const petrel = [process.execPath, '--preload', preload, join(ROOT, 'src/main.ts'), 'run'];
    const confined = [
      ...(openFiles === undefined ? [] : [`ulimit -n ${openFiles}`]),
      ...(group === undefined ? [] : [`echo $$ > ${group}`]),
      'exec "$0" "$@"',
    ];
    this.#process = Bun.spawn(['sh', '-c', confined.join(' && '), ...petrel], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '' },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
      ipc: (bytesInUse: number) => this.#collected?.resolve(bytesInUse),
      onExit: () => this.#collected?.reject(new Error('the proxy has ended')),
    });
  }

  static async start(folder: string, confinement: Confinement = {}): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(folder, confinement);
    await proxy.snapshot();
    return proxy;
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<number> {
    return this.#process.exited;
  }

  /** How long it ran so far, and how long it could have run and had no processor, since others had them; in milliseconds. */
  get processorTime(): { readonly ran: number; readonly waited: number } {
    const [ranNs = '0', waitedNs = '0'] = (readText(`/proc/${this.#process.pid}/schedstat`) ?? '').split(' ');
    return { ran: Number(ranNs) / 1e6, waited: Number(waitedNs) / 1e6 };
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** @throws when the proxy has ended or does not answer within ten seconds */
  async snapshot(): Promise<Snapshot> {
    for (let asks = 0; asks < ASKS && !this.hasEnded; asks += 1) {
      const asked = await askRunning(join(this.#folder, 'data'));
      if (asked.kind === 'running') return asked.snapshot;
      await Bun.sleep(ASK_AGAIN_MS);
    }
    throw new Error(this.hasEnded ? 'the proxy has ended' : 'the proxy does not answer');
  }

  reload(): void {
    this.#process.kill('SIGHUP');
  }

  /** Sets the proxy's clock so far ahead of the real one. */
  setClock(aheadMs: number): void {
    this.#instruct({ kind: 'clock', aheadMs });
  }

  /** Open sockets, counted from outside; the store opens its files when it has something to write. */
  get sockets(): number {
    return openDescriptors(this.#process.pid);
  }

  /** Collects all garbage, then looks. @throws when the proxy has ended */
  async memoryInUse(): Promise<MemoryInUse> {
    if (this.hasEnded) throw new Error('the proxy has ended');
    this.#collected = Promise.withResolvers<number>();
    this.#instruct({ kind: 'collect' });
    const heap = (await this.#collected.promise) / MB;
    return { ...memoryMb(this.#process.pid), heap };
  }

  /** @returns the exit code of a proxy that was asked to stop */
  async stop(): Promise<number> {
    this.#process.kill('SIGTERM');
    return this.#process.exited;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #instruct(instruction: Instruction): void {
    this.#process.send(instruction);
  }
}
