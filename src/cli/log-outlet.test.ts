import { expect, test } from 'bun:test';
import { LogOutlet } from './log-outlet.ts';

const MOST = 100;

/** A reader that takes nothing until it is told to. */
class StuckReader {
  readonly texts: string[] = [];
  #waiting: (() => void)[] = [];

  write(text: string, taken: () => void): void {
    this.texts.push(text);
    this.#waiting.push(taken);
  }

  takeAll(): void {
    for (const taken of this.#waiting.splice(0)) taken();
  }
}

function set() {
  const reader = new StuckReader();
  const outlet: LogOutlet = new LogOutlet(reader, (lines) => outlet.write(`${lines} dropped`), MOST);
  return { reader, outlet };
}

test('lines go on as they are while they are taken', () => {
  const { reader, outlet } = set();
  for (let i = 0; i < 1_000; i += 1) {
    outlet.write(`line ${i}`);
    reader.takeAll();
  }
  expect(reader.texts).toHaveLength(1_000);
  expect(reader.texts.at(-1)).toBe('line 999\n');
});

test('a reader that takes nothing is given a bounded amount, and told how many lines it missed', () => {
  const { reader, outlet } = set();
  for (let i = 0; i < 1_000; i += 1) outlet.write('123456789');
  expect(reader.texts).toHaveLength(MOST / 10);
  reader.takeAll();
  expect(reader.texts.at(-1)).toBe('990 dropped\n');
  reader.takeAll();
  outlet.write('and on');
  reader.takeAll();
  expect(reader.texts.slice(-2)).toEqual(['990 dropped\n', 'and on\n']);
});
