import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fromHex, hex } from '../../../kit/bytes.ts';
import { TlReader } from './tl-reader.ts';
import { TlWriter } from './tl-writer.ts';

test('writes numbers, strings and vectors as TL has them', () => {
  const written = new TlWriter().int(0x7abe77ec).long(-2n).string('abc').string('abcd').longs([1n]).bytes();
  expect(hex(written)).toBe(
    'ec77be7a' + 'feffffffffffffff' + '03616263' + '0461626364000000' + '15c4b51c' + '01000000' + '0100000000000000',
  );
});

test('writes a string of 254 bytes and more with a length of three bytes', () => {
  const written = new TlWriter().string(new Uint8Array(300).fill(0xee)).bytes();
  expect(hex(written.subarray(0, 4))).toBe('fe2c0100');
  expect(written.length).toBe(304);
  expect(new TlWriter().string(new Uint8Array(253)).bytes().length).toBe(256);
  expect(new TlWriter().string(new Uint8Array(254)).bytes().length).toBe(260);
});

test('reads back whatever was written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes, long) => {
      const reader = new TlReader(new TlWriter().string(bytes).long(long).longs([long, 1n]).int(7).bytes());
      expect(hex(reader.string())).toBe(hex(bytes));
      expect([reader.long(), ...reader.longs(), BigInt(reader.int())]).toEqual([long, long, 1n, 7n]);
      expect(reader.isShort).toBe(false);
      expect(reader.rest().length).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('a read past the end yields filler and is remembered', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const whole = new TlWriter().string(bytes).long(5n).bytes();
      for (const length of [0, 1, whole.length - 8, whole.length - 1]) {
        const reader = new TlReader(whole.subarray(0, length));
        reader.string();
        reader.long();
        expect(reader.isShort).toBe(true);
        expect(reader.int()).toBe(0);
      }
    }),
    { numRuns: 50 },
  );
  expect(new TlReader(fromHex('15c4b51cffffffff')).longs()).toEqual([0n]); // a length that lies ends the reading
});
