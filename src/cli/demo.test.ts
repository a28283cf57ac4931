import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demo } from './demo.ts';
import { TestTerminal } from './test-terminal.ts';

// A temporary folder of our own: another run beside this one has its own demo.
const usual = process.env['TMPDIR'];
beforeAll(() => {
  process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'petrel-demo-test-'));
});
afterAll(() => {
  rmSync(tmpdir(), { recursive: true, force: true });
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
});

const foldersLeft = () => readdirSync(tmpdir()).filter((name) => name.startsWith('petrel-demo-'));

test('a short show: every mode gets sessions, every byte is right, and nothing stays behind', async () => {
  const before = foldersLeft();
  const terminal = new TestTerminal();
  const code = await demo({ seconds: 1, clients: 9 }, terminal);
  expect({ code, err: terminal.errors }).toEqual({ code: 0, err: '' });
  expect(foldersLeft()).toEqual(before);
});

test('Ctrl-C ends the show early and in order', async () => {
  const before = foldersLeft();
  const start = performance.now();
  setTimeout(() => process.emit('SIGINT'), 1_000);
  const code = await demo({ seconds: 600, clients: 9 }, new TestTerminal());
  expect(code).toBe(0);
  expect(performance.now() - start).toBeLessThan(20_000);
  expect(foldersLeft()).toEqual(before);
});
