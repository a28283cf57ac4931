import { expect, test } from 'bun:test';
import { bytesText, countText, durationText, percentText } from './figures-text.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [10_000, '9.8 KB'],
  [132 * 1024 * 1024, '132 MB'],
  [1.5 * 1024 ** 3, '1.5 GB'],
  [2 ** 60, '1024 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1234, '1,234'],
  [1234567.6, '1,234,568'],
])('%d is %s', (count, text) => {
  expect(countText(count)).toBe(text);
});

test.each([
  [0.4, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3_600, '1 h 0 min'],
  [90_000, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('a share in percent', () => {
  expect([percentText(0), percentText(0.814), percentText(1.2)]).toEqual(['0 %', '81 %', '120 %']);
});
