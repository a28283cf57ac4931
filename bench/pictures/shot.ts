import { join } from 'node:path';
import type { Cgroup } from '../cgroup.ts';
import { ROOT } from '../programs.ts';

export const COLUMNS = 92;
const ROWS = 60;

export interface ShotOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly group?: Cgroup | undefined;
}

/** Petrel in a terminal of its own, as somebody who types `petrel ...` sees it. */
export class Shot implements AsyncDisposable {
  readonly #terminal: Bun.Terminal;
  readonly #child: Bun.Subprocess;
  readonly #decoder = new TextDecoder();
  #output = '';
  #written = Promise.withResolvers<void>();

  /** @param cwd where `petrel.toml` is @param group what it is confined to, if anything */
  constructor(args: readonly string[], cwd: string, { env, group }: ShotOptions = {}) {
    this.#terminal = new Bun.Terminal({
      cols: COLUMNS,
      rows: ROWS,
      data: (_, bytes) => {
        this.#output += this.#decoder.decode(bytes, { stream: true });
        this.#written.resolve();
        this.#written = Promise.withResolvers();
      },
    });
    this.#child = Bun.spawn([process.execPath, join(ROOT, 'src/main.ts'), ...args], {
      cwd,
      terminal: this.#terminal,
      env: { ...process.env, TERM: 'xterm-256color', ...env },
    });
    group?.add(this.#child.pid);
  }

  /** Everything that was written so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when the output holds `text`. @throws with the output, when the program ends without it */
  async shows(text: string): Promise<void> {
    const ended = this.#child.exited.then(() => Promise.reject(new Error(this.#output)));
    while (!this.#output.includes(text)) await Promise.race([this.#written.promise, ended]);
    ended.catch(() => {});
  }

  async exited(): Promise<void> {
    await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
    this.#terminal.close();
  }
}
