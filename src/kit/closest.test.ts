import { describe, expect, test } from 'bun:test';
import { closest, meantBy } from './closest.ts';

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

describe('a beginning', () => {
  const words = ['status', 'static', 'doctor', 'warn'];

  test.each([
    ['stat', null], // two begin so
    ['statu', 'status'],
    ['doc', 'doctor'],
    ['warning', 'warn'],
    ['do', null],
    ['warm', 'warn'],
    ['doctrine', null],
  ])('%p means %p', (word, meant) => {
    expect(meantBy(word, words)).toBe(meant);
  });
});
