import { expect, test } from 'bun:test';
import { Repeats } from './repeats.ts';

test('the first time counts at once, later ones once a minute with their number', () => {
  let now = 0;
  const repeats = new Repeats(() => now);
  expect(repeats.count('skew')).toBe(1);
  now = 30_000;
  expect(repeats.count('skew')).toBeNull();
  expect(repeats.count('skew')).toBeNull();
  expect(repeats.count('full')).toBe(1); // another complaint has a minute of its own
  now = 60_000;
  expect(repeats.count('skew')).toBe(3);
  now = 600_000;
  expect(repeats.count('skew')).toBe(1);
});

test('remembers a bounded number of complaints', () => {
  const repeats = new Repeats(() => 0);
  for (let user = 0; user <= 256; user++) expect(repeats.count(`user ${user}`)).toBe(1);
  expect(repeats.count('user 256')).toBeNull();
  expect(repeats.count('user 0')).toBe(1); // the oldest was forgotten
});
