import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatSize, parseSize } from './size.ts';

test.each([
  ['0', 0],
  ['65536', 65_536],
  ['512B', 512],
  ['64KB', 65_536],
  ['64kb', 65_536],
  ['64K', 65_536],
  ['2MB', 2_097_152],
  ['1.5GB', 1_610_612_736],
  ['50 GB', 53_687_091_200],
  ['1TB', 1_099_511_627_776],
])('%p is %p bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', 'KB', '-1', '1.5', '1.5B', '5PB', '64KB/s', '9999999999TB'])('%p is no size', (text) => {
  expect(parseSize(text)).toBeNull();
});

test('what is written is read again', () => {
  fc.assert(fc.property(fc.nat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  expect(formatSize(65_536)).toBe('64KB');
  expect(formatSize(1_000)).toBe('1000B');
});
