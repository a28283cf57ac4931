import { expect, test } from 'bun:test';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { Glob } from 'bun';

const ROOT = join(import.meta.dir, '../..');
const NOT_OURS: readonly string[] = ['node_modules', 'dist', '.git'];
const SHEBANG = /^#!.*\b(ba|da)?sh\b/;
const SHEBANG_BYTES = 64;

const SHELLCHECK = Bun.which('shellcheck');
if (SHELLCHECK === null) console.warn('shellcheck is missing: shell scripts are not checked');

/** What git tracks; outside a checkout everything that is not installed or built. */
function ownFiles(): string[] {
  const tracked = Bun.which('git') === null ? null : Bun.spawnSync(['git', 'ls-files', '-z'], { cwd: ROOT });
  if (tracked?.exitCode === 0)
    return tracked.stdout
      .toString()
      .split('\0')
      .filter((path) => path !== '');
  const folders = readdirSync(ROOT).filter((name) => !NOT_OURS.includes(name));
  return folders.flatMap((name) => [name, ...new Glob(`${name}/**`).scanSync({ cwd: ROOT, dot: true })]);
}

function isShellScript(path: string): boolean {
  return path.endsWith('.sh') || SHEBANG.test(firstBytes(join(ROOT, path)));
}

/** Empty for a folder, and for a file that is tracked but was deleted. */
function firstBytes(path: string): string {
  try {
    const file = openSync(path, 'r');
    const bytes = new Uint8Array(SHEBANG_BYTES);
    const length = readSync(file, bytes);
    closeSync(file);
    return new TextDecoder().decode(bytes.subarray(0, length)).split('\n', 1)[0] ?? '';
  } catch {
    return '';
  }
}

test.skipIf(SHELLCHECK === null)('shell scripts have nothing that shellcheck warns of', () => {
  const scripts = ownFiles().filter(isShellScript);
  expect(scripts).toEqual(expect.arrayContaining(['.ci/run', 'bin/petrel', 'optimize_system_lowres.sh'])); // the search works
  const { stdout, stderr } = Bun.spawnSync([SHELLCHECK ?? '', '--format=gcc', ...scripts], { cwd: ROOT });
  expect(stdout.toString() + stderr.toString()).toBe('');
});
