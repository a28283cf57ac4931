import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '../..');
/** What `install.sh` takes from a release, beside the executable. */
const PARTS = ['deploy/install.sh', 'deploy/systemd/petrel.service', 'petrel.example.toml'];
const EXECUTABLE = 0o755;

export interface Installation {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** An unpacked release with a stand-in for the executable, and a folder to install it into. */
export class ReleaseFolder implements Disposable {
  readonly #path = mkdtempSync(join(tmpdir(), 'petrel-release-'));
  /** Where the installation goes. */
  readonly dest = join(this.#path, 'dest');

  constructor() {
    mkdirSync(this.dest);
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.#path, 'release', part));
    this.setExecutable('echo "petrel 1.0.0"');
  }

  /** @param body of a shell script that stands for petrel */
  setExecutable(body: string): void {
    const path = join(this.#path, 'release/petrel');
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, EXECUTABLE);
  }

  install(...args: readonly string[]): Installation {
    const { exitCode, stdout, stderr } = Bun.spawnSync([join(this.#path, 'release/deploy/install.sh'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', DESTDIR: this.dest },
    });
    return { exitCode, out: stdout.toString(), err: stderr.toString() };
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
