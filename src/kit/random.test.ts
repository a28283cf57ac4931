import { expect, test } from 'bun:test';
import { fillRandom, systemRandom } from './random.ts';

test.each([0, 1, 32, 65_536, 65_537, 200_000])('%p bytes are random up to the last', (length) => {
  const bytes = systemRandom(length);
  expect(bytes).toHaveLength(length);
  // 16 zeros in a row come once in 2^128.
  for (let at = 0; at + 16 <= length; at += 16) {
    if (bytes.subarray(at, at + 16).every((byte) => byte === 0)) throw new Error(`zeros at ${at}`);
  }
});

test('a view is filled, what lies around it is not touched', () => {
  const bytes = new Uint8Array(100);
  fillRandom(bytes.subarray(20, 80));
  expect(bytes.subarray(0, 20).every((byte) => byte === 0)).toBe(true);
  expect(bytes.subarray(20, 80).some((byte) => byte !== 0)).toBe(true);
  expect(bytes.subarray(80).every((byte) => byte === 0)).toBe(true);
});
