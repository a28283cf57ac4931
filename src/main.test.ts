import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = Bun.fileURLToPath(new URL('../bin/petrel', import.meta.url));
let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'petrel-main-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

function petrel(...argv: string[]): { code: number; out: string; err: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([bin, ...argv], { cwd, env: { PATH: process.env['PATH'] ?? '' } });
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

test('the executable answers help on the standard output', () => {
  const { code, out, err } = petrel('--help');
  expect([code, err]).toEqual([0, '']);
  expect(out).toStartWith('Petrel is a Telegram MTProto proxy');
});

test('a refused configuration exits with 2, tells it on the standard error and touches nothing', () => {
  writeFileSync(join(cwd, '.env'), 'MTPROTO_PORT=http\n');
  const { code, out, err } = petrel('run');
  expect([code, out]).toEqual([2, '']);
  expect(err).toBe(
    'petrel: the configuration has 1 problem:\n  .env: MTPROTO_PORT: port: expected a port from 0 to 65535; found "http"\n',
  );
  expect(readdirSync(cwd)).toEqual(['.env']);
});

test('a failure exits with 1', () => {
  writeFileSync(join(cwd, '.env'), '');
  const { code, err } = petrel('link');
  expect([code, err]).toEqual([1, 'petrel: there are no users yet: the first `petrel run` makes one\n']);
});
