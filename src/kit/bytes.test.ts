import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, equal, fromHex, hex, latin1, utf8 } from './bytes.ts';
import { systemRandom } from './random.ts';

const NOTHING = new Uint8Array(0);

test('parts are joined in their order, in a copy', () => {
  const part = Uint8Array.of(1, 2);
  const joined = concat(part, NOTHING, Uint8Array.of(3));
  part[0] = 9;
  expect(joined).toEqual(Uint8Array.of(1, 2, 3));
  expect(concat()).toEqual(NOTHING);
});

test('texts stand for their bytes, of a view too', () => {
  const view = Uint8Array.of(0xff, 0x00, 0x7f, 0xe4, 0xff).subarray(1, 4);
  expect(hex(view)).toBe('007fe4');
  expect(latin1(view)).toBe('\u0000\u007f\u00e4');
  expect(utf8('\u00e4')).toEqual(Uint8Array.of(0xc3, 0xa4));
  expect(fromHex('007FE4')).toEqual(Uint8Array.of(0x00, 0x7f, 0xe4));
});

test('hexadecimal text reads back as the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(fromHex(hex(bytes))).toEqual(bytes);
      expect(latin1(bytes)).toHaveLength(bytes.length);
    }),
  );
});

test.each([
  ['', '', true],
  ['00', '', false],
  ['0102', '0102', true],
  ['0102', '0103', false],
  ['0102', '010200', false],
])('%p and %p are equal: %p', (a, b, isEqual) => {
  expect(equal(fromHex(a), fromHex(b))).toBe(isEqual);
});

test('randomness has the length asked for, beyond one system call too, and differs', () => {
  for (const length of [0, 1, 64, 65_536, 65_537, 200_000]) expect(systemRandom(length)).toHaveLength(length);
  const long = systemRandom(131_072);
  expect(equal(long.subarray(0, 64), long.subarray(65_536, 65_600))).toBe(false);
  expect(long.subarray(65_536).some((byte) => byte !== 0)).toBe(true);
});
