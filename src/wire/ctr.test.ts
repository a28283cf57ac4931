import { expect, test } from 'bun:test';
import { concat, fromHex, hex } from '../kit/bytes.ts';
import { CtrCipher } from './ctr.ts';

// NIST SP 800-38A, F.5.5 CTR-AES256.Encrypt
const AT = {
  key: fromHex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'),
  iv: fromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
};
const PLAIN = fromHex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
);
const SEALED =
  '601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6';

test('encrypts as the standard does', () => {
  expect(hex(new CtrCipher(AT).apply(PLAIN))).toBe(SEALED);
});

test('is its own inverse', () => {
  expect(hex(new CtrCipher(AT).apply(fromHex(SEALED)))).toBe(hex(PLAIN));
});

test('keeps one keystream over calls of any length', () => {
  const cipher = new CtrCipher(AT);
  const parts = [PLAIN.subarray(0, 1), PLAIN.subarray(1, 1), PLAIN.subarray(1, 18), PLAIN.subarray(18)];
  expect(hex(concat(...parts.map((part) => cipher.apply(part))))).toBe(SEALED);
});

test('skips keystream, also more than its scratch array holds', () => {
  const length = 10_007;
  const skipped = new CtrCipher(AT);
  skipped.skip(length);
  const applied = new CtrCipher(AT);
  applied.apply(new Uint8Array(length));
  expect(hex(skipped.apply(PLAIN))).toBe(hex(applied.apply(PLAIN)));
});

test('leaves its input alone and hands out arrays of their own', () => {
  const input = new Uint8Array(PLAIN);
  const cipher = new CtrCipher(AT);
  const first = cipher.apply(input);
  cipher.apply(input);
  expect(hex(input)).toBe(hex(PLAIN));
  expect(hex(first)).toBe(SEALED);
});
