import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { askRunning } from '../../src/admin/control-client.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { memoryMb } from '../target.ts';

const ROOT = join(import.meta.dir, '../..');
const ASKS = 200;
const ASK_AGAIN_MS = 50;

/** The proxy under test, a process of its own in `folder`, with a clock that can be set. */
export class ProxyProcess {
  readonly #process: Subprocess<'ignore', 'ignore', 'inherit'>;
  readonly #folder: string;
  readonly #clockFile: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#clockFile = join(folder, 'clock');
    writeFileSync(this.#clockFile, '0');
    const preload = join(import.meta.dir, 'jumping-clock.ts');
    this.#process = Bun.spawn([process.execPath, '--preload', preload, join(ROOT, 'src/main.ts'), 'run'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', CLOCK_OFFSET_FILE: this.#clockFile },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
    });
  }

  static async start(folder: string): Promise<ProxyProcess> {
    const proxy = new ProxyProcess(folder);
    await proxy.snapshot();
    return proxy;
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
    writeFileSync(this.#clockFile, String(aheadMs));
    this.#process.kill('SIGUSR2');
  }

  /** Open descriptors, counted from outside. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.#process.pid}/fd`).length;
  }

  /** Resident memory, and the part of it that is no file's: the runtime's code comes and goes (src/cli/after-start.ts). */
  get memory(): { rss: number; anonymous: number } {
    return memoryMb(this.#process.pid);
  }

  /** @returns the exit code of a proxy that was asked to stop */
  async stop(): Promise<number> {
    this.#process.kill('SIGTERM');
    return this.#process.exited;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
