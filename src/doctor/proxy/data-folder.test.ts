import { afterAll, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataFolderFinding } from './data-folder.ts';

const home = mkdtempSync(join(tmpdir(), 'petrel-folder-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const ROOMY = () => 3 * 1024 ** 3;

function folder(name: string, mode = 0o700): string {
  const path = join(home, name);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

test('a folder of our own with room', () => {
  const path = folder('good');
  expect(dataFolderFinding(path, ROOMY)).toEqual({
    check: 'data folder',
    verdict: 'ok',
    seen: `${path}, 3.0 GB free`,
    advice: null,
  });
  expect(dataFolderFinding(path).seen).toMatch(/, [\d.]+ [KMGT]?B free$/);
});

test('one that is not there yet: where it would be made counts, and nothing is made', () => {
  const path = join(folder('empty'), 'deep/data');
  expect(dataFolderFinding(path, ROOMY)).toMatchObject({
    verdict: 'ok',
    seen: `${path} (made at the first start), 3.0 GB free`,
  });
  expect(readdirSync(join(home, 'empty'))).toEqual([]);
});

test('a full disk fails', () => {
  const finding = dataFolderFinding(folder('full'), () => 1024);
  expect(finding).toMatchObject({ verdict: 'failed', advice: expect.stringContaining('make room') });
});

test('a folder that other users may write is a warning, one that they may read is none', () => {
  expect(dataFolderFinding(folder('shown', 0o755), ROOMY).verdict).toBe('ok');
  const path = folder('open', 0o775);
  expect(dataFolderFinding(path, ROOMY)).toMatchObject({
    verdict: 'warning',
    advice: expect.stringContaining(`chmod 700 ${path}`),
  });
});

test('a file in its place fails, and so does one on the way to it', () => {
  const path = join(home, 'file');
  writeFileSync(path, '');
  expect(dataFolderFinding(path, ROOMY)).toMatchObject({ verdict: 'failed', seen: `${path} is no folder` });
  expect(dataFolderFinding(join(path, 'data'), ROOMY)).toMatchObject({
    verdict: 'failed',
    seen: `${path}/data cannot be made: a part of its path is no folder`,
  });
});

test('a folder that cannot be written fails', () => {
  const place = '/proc/self'; // whoever we are: nobody makes anything there
  expect(dataFolderFinding(`${place}/data`, ROOMY)).toMatchObject({
    verdict: 'failed',
    seen: expect.stringContaining(`${place}/data cannot be made: `),
  });
});
