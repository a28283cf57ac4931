import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'bun';
import { bundle, writeChecksums } from '../../deploy/build/bundle.ts';
import { ALL_TARGETS, thisMachine, X64 } from '../../deploy/build/targets.ts';
import { dependencies, version } from '../../package.json';
import { filesIn } from '../support/file-tree.ts';
import { NpmRegistry } from '../support/npm-registry.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { until } from '../support/proxy.ts';

const BUILD = join(import.meta.dir, '../../deploy/build/main.ts');
const BUILD_LIMIT_MS = 30_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'petrel-build-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function build(args: readonly string[], env: Record<string, string> = {}) {
  return $`${process.execPath} ${BUILD} ${args}`
    .env({ ...process.env, ...env })
    .quiet()
    .nothrow();
}

test(
  'the executable for this machine knows its version, makes secrets, serves and stops',
  async () => {
    const out = join(folder, 'own');
    expect(await build(['--out', out])).toMatchObject({ exitCode: 0 });
    expect(readdirSync(out).sort()).toEqual(['THIRD-PARTY-NOTICES', 'petrel']);
    const petrel = join(out, 'petrel');
    expect(await $`${petrel} --version`.text()).toBe(`petrel ${version}\n`);
    expect(await $`${petrel} secret`.text()).toMatch(/^[0-9a-f]{32}\n$/);

    using place = new PetrelFolder();
    place.configure();
    place.write('.env', 'USER_MAX_TCP_CONNS=5\n');
    await using running = await PetrelProcess.serving(place, { executable: petrel });
    expect(running.out).toContain('Links of user1');
    // The store's thread is inside the executable, too.
    await until(() => existsSync(place.file('data/petrel.db-wal')), 'the first batch');
    running.signal('SIGHUP');
    await running.told('configuration reloaded');
    running.signal('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(running.logLines.filter(({ level }) => level === 'error')).toEqual([]);
  },
  BUILD_LIMIT_MS,
);

test('a release holds what its installation needs; equal parts give equal bytes and a checksum that holds', async () => {
  const executable = join(folder, 'stand-in');
  writeFileSync(executable, 'petrel');
  const tarball = await bundle(executable, X64, folder);
  const first = readFileSync(tarball);
  await bundle(executable, X64, folder);
  expect(readFileSync(tarball).equals(first)).toBe(true);

  await $`cd ${folder} && tar xzf ${tarball}`.quiet();
  expect(filesIn(join(folder, `petrel-${version}-linux-x64`))).toEqual({
    'deploy/install.sh': '755',
    'deploy/systemd/petrel.service': '644',
    LICENSE: '644',
    'optimize_system_lowres.sh': '755',
    petrel: '755',
    'petrel.example.toml': '644',
    'README.md': '644',
    'THIRD-PARTY-NOTICES': '644',
  });
  const told = readFileSync(join(folder, `petrel-${version}-linux-x64`, 'THIRD-PARTY-NOTICES'), 'utf8');
  for (const name of Object.keys(dependencies)) expect(told).toContain(`\n${name} `);
  expect(told.match(/^Copyright/gm)?.length).toBeGreaterThanOrEqual(2);
  const sums = await writeChecksums([tarball], folder);
  expect((await $`cd ${folder} && sha256sum -c ${sums}`.quiet()).exitCode).toBe(0);
});

test.skipIf(thisMachine === null)('a runtime that is not the pinned one goes into no executable', async () => {
  const foreign = ALL_TARGETS.find((target) => target !== thisMachine)?.name ?? '';
  const out = join(folder, 'foreign');
  const packed = await new Bun.Archive({ 'package/bin/bun': 'something else' }, { compress: 'gzip' }).bytes();
  using other = new NpmRegistry(packed);
  using empty = new NpmRegistry(null);
  const cases = [
    { registry: other, reason: 'is not the one that package-lock.json names' },
    { registry: empty, reason: 'cannot be had from the registry: E404' },
  ];
  for (const { registry, reason } of cases) {
    const env = { npm_config_registry: registry.url, npm_config_cache: join(folder, 'npm') };
    const { exitCode, stderr } = await build(['--target', foreign, '--out', out], env);
    expect({ exitCode, said: stderr.toString() }).toEqual({ exitCode: 1, said: expect.stringContaining(reason) });
    expect(readdirSync(out)).toEqual([]);
  }
});

test('wrong usage is refused before anything is made', async () => {
  const out = join(folder, 'refused');
  for (const args of [['--nope'], ['--target', 'sparc'], ['more']]) {
    const { exitCode, stderr } = await build([...args, '--out', out]);
    expect({ exitCode, said: stderr.toString() }).toEqual({
      exitCode: 2,
      said: expect.stringContaining('Usage: npm run build'),
    });
  }
  expect(existsSync(out)).toBe(false);
});
