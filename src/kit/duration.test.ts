import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['0', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['1h30m', 5_400_000],
])('%p is %p ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '90', '5 m', '-5m', '1.5h', 'm', '5x', '5M', '99999999999999999d'])('%p is no duration', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test('what is written is read again', () => {
  fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  expect(formatDuration(300_000)).toBe('5m');
  expect(formatDuration(90_000)).toBe('90s');
});
