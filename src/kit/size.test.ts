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
  ['64KiB', 65_536],
  ['64 kib', 65_536],
  ['10GiB', 10_737_418_240],
  ['1.5MiB', 1_572_864],
  ['2Ti', 2_199_023_255_552],
])('%p is %p bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  '',
  'KB',
  'iB',
  '5iB',
  '5i',
  '5Bi',
  '-1',
  '1.5',
  '1.5B',
  '1,5GB',
  '10Mbit',
  '5PB',
  '64KB/s',
  '9999999999TB',
])('%p is no size', (text) => {
  expect(parseSize(text)).toBeNull();
});

test('what is written is read again', () => {
  fc.assert(fc.property(fc.nat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  expect(formatSize(65_536)).toBe('64KB');
  expect(formatSize(1_000)).toBe('1000B');
});
