import { expect, test } from 'bun:test';
import { BackOff } from './back-off.ts';

test('what ends right away is started again later and later, up to half a minute', () => {
  const backOff = new BackOff();
  const pauses = Array.from({ length: 8 }, () => backOff.next(100) / 1_000);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
});

test('what has lived for a while is started again at once, and begins anew', () => {
  const backOff = new BackOff();
  backOff.next(100);
  backOff.next(100);
  expect(backOff.next(60_000)).toBe(0);
  expect(backOff.next(100)).toBe(1_000);
});
