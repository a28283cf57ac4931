import { expect, test } from 'bun:test';
import { closest } from './closest.ts';

test.each([
  ['lnk', 'link'],
  ['prot', 'port'],
  ['statsu', 'status'],
  ['limits.idle_timout', 'limits.idle_timeout'],
])('%p was meant to be %p', (word, meant) => {
  expect(closest(word, ['secret', 'link', 'port', 'status', 'limits.idle_timeout'])).toBe(meant);
});

test.each(['ab', 'xyzzy', 'completely'])('%p is near nothing', (word) => {
  expect(closest(word, ['link', 'port', 'run'])).toBeNull();
});

test('the nearest wins, not the first', () => {
  expect(closest('listen', ['lisen_', 'listen'])).toBe('listen');
});
