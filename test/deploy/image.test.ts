import { expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { $ } from 'bun';
import lock from '../../package-lock.json';
import { filesUnder, imageContext, imageSteps } from '../support/image-context.ts';

const ROOT = join(import.meta.dir, '../..');
/** `npm ci` in it asks the registry: only where that is wanted (`.ci/oldest-npm`). */
const mayAskRegistry = process.env['PETREL_TEST_REGISTRY'] === '1';
const BUILD_LIMIT_MS = 300_000;

const context = imageContext();
const links = Object.entries(lock.packages).flatMap(([, entry]) =>
  'link' in entry && 'resolved' in entry ? [String(entry.resolved)] : [],
);

test('what the image is built of holds no tests, settings or keys, and all that the build needs', () => {
  expect(context).toContain('src/main.ts');
  expect(context).toContain('deploy/build/main.ts');
  expect(context.filter((file) => /\.test\.ts$|^\.env|^petrel\.toml$|^docs\/|^\.git/.test(file))).toEqual([]);
  expect(context.filter((file) => file.startsWith('test/') && !file.startsWith('test/clients/stand-ins/'))).toEqual([]);
});

test('every folder that the lockfile links is copied before npm ci: npm 9.2 reads it even with --omit=dev', () => {
  expect(links.length).toBeGreaterThan(0);
  const steps = imageSteps();
  const untilInstall = steps.slice(
    0,
    1 + steps.findIndex(({ commands }) => commands.some((line) => /npm ci/.test(line))),
  );
  const copied = untilInstall.flatMap((step) => step.copied).flatMap((path) => filesUnder(path, context));
  for (const link of links) expect(copied).toContain(`${link}/package.json`);
});

test.skipIf(!mayAskRegistry)(
  'with the npm that is here the steps of the Dockerfile make an executable (PETREL_TEST_REGISTRY=1 lets it ask the registry)',
  async () => {
    const image = mkdtempSync(join(tmpdir(), 'petrel-image-'));
    try {
      for (const { copied, commands } of imageSteps()) {
        for (const file of copied.flatMap((path) => filesUnder(path, context))) {
          mkdirSync(dirname(join(image, file)), { recursive: true });
          cpSync(join(ROOT, file), join(image, file));
        }
        for (const command of commands.filter((line) => line.startsWith('npm '))) {
          const { exitCode, stderr } = await $`sh -c ${command}`.cwd(image).quiet().nothrow();
          expect({ command, exitCode, said: exitCode === 0 ? '' : stderr.toString() }).toEqual({
            command,
            exitCode: 0,
            said: '',
          });
        }
      }
      expect(await $`${join(image, 'dist/petrel')} --version`.text()).toStartWith('petrel ');
    } finally {
      rmSync(image, { recursive: true, force: true });
    }
  },
  BUILD_LIMIT_MS,
);
