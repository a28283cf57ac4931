import { expect, test } from 'bun:test';
import { createCipheriv } from 'node:crypto';
import { labelled } from '../../test/vectors/vectors.ts';
import { fromHex } from '../kit/bytes.ts';
import { aesThirdWord } from './aes-word.ts';
import { u32be } from './octets.ts';

function thirdWord(key: Uint8Array, block: Uint8Array): number {
  return aesThirdWord(key, u32be(block, 0), u32be(block, 4), u32be(block, 8), u32be(block, 12)) >>> 0;
}

test('encrypts as the standard does', () => {
  // FIPS 197, appendix C.3: 8ea2b7ca516745bfeafc49904b496089
  const key = fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  expect(thirdWord(key, fromHex('00112233445566778899aabbccddeeff'))).toBe(0xeafc4990);
});

test("agrees with the runtime's cipher", () => {
  for (let i = 0; i < 500; i++) {
    const key = labelled(`key ${i}`, 32);
    const block = labelled(`block ${i}`, 16);
    expect(thirdWord(key, block)).toBe(u32be(createCipheriv('aes-256-ecb', key, null).update(block), 8));
  }
});
