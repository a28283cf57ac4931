import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../deploy/build/compile.ts';
import { version } from '../../package.json';
import { HostileFolder } from '../support/hostile-folder.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { configureCrew } from '../support/workers.ts';

const BIN = join(import.meta.dir, '../../bin/petrel');
const COMPILE_LIMIT_MS = 30_000;
const ENV = { PATH: process.env['PATH'] ?? '' };

test('the working directory would lead the runtime itself astray', () => {
  using folder = new PetrelFolder();
  const hostile = new HostileFolder(folder);
  Bun.spawnSync([process.execPath, join(import.meta.dir, '../../src/main.ts'), '--version'], {
    cwd: folder.path,
    env: ENV,
  });
  expect(hostile.hasRun).toBe(true);
});

test('bin/petrel runs no code of the working directory', async () => {
  await runsOwnCodeOnly(BIN);
});

test('nor does it when it is called by a link, as from node_modules/.bin', () => {
  using folder = new PetrelFolder();
  const hostile = new HostileFolder(folder);
  const link = folder.file('petrel');
  Bun.spawnSync(['ln', '-s', BIN, link]);
  const { stdout } = Bun.spawnSync([link, '--version'], { cwd: folder.path, env: ENV });
  expect(stdout.toString()).toBe(`petrel ${version}\n`);
  expect(hostile.hasRun).toBe(false);
});

test(
  'an executable runs no code of the working directory',
  async () => {
    const out = mkdtempSync(join(tmpdir(), 'petrel-executable-'));
    try {
      await runsOwnCodeOnly(await compile(null, out));
    } finally {
      rmSync(out, { recursive: true });
    }
  },
  COMPILE_LIMIT_MS,
);

/** The process that decides and its workers alike. */
async function runsOwnCodeOnly(executable: string): Promise<void> {
  using folder = new PetrelFolder();
  configureCrew(folder, { workers: 2 });
  const hostile = new HostileFolder(folder);
  const { stdout } = Bun.spawnSync([executable, '--version'], { cwd: folder.path, env: ENV });
  expect(stdout.toString()).toBe(`petrel ${version}\n`);

  await using running = await PetrelProcess.serving(folder, { executable });
  running.signal('SIGTERM');
  expect(await running.exited).toBe(0);
  expect(hostile.hasRun).toBe(false);
}
