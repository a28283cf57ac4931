import { expect, test } from 'bun:test';
import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { fromHex, hex } from '../../../kit/bytes.ts';
import { igeDecrypt, igeEncrypt } from './ige.ts';

// Computed with mtcute's crypto provider (@mtcute/node 0.30.3, a WebAssembly build).
const VECTOR = {
  at: {
    key: fromHex('5468697320697320616e20696d706c655468697320697320616e20696d706c65'),
    iv: fromHex('6d656e746174696f6e206f6620494745206d6f646520666f72204f70656e5353'),
  },
  plain: fromHex('99706487a1cde613bc6de0b6f24b1c7aa448c8b9c3403e3467a8cad89340f53b'),
  cipher: fromHex('792ea8ae577b1a66cb3bd92679b8030ca54ee631976bd3a04547fdcb4639fa69'),
};

const ige = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  iv: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});
const blocks = fc.nat(20).chain((count) => fc.uint8Array({ minLength: count * 16, maxLength: count * 16 }));

test('encrypts and decrypts the known vector', () => {
  expect(hex(igeEncrypt(VECTOR.plain, VECTOR.at))).toBe(hex(VECTOR.cipher));
  expect(hex(igeDecrypt(VECTOR.cipher, VECTOR.at))).toBe(hex(VECTOR.plain));
});

test('agrees with the definition, block by block', () => {
  fc.assert(
    fc.property(blocks, ige, (plain, at) => {
      const before = plain.slice();
      expect(hex(igeEncrypt(plain, at))).toBe(hex(slowIge(plain, at.key, at.iv)));
      expect(plain).toEqual(before);
    }),
    { numRuns: 50 },
  );
});

test('decrypting undoes encrypting', () => {
  fc.assert(
    fc.property(blocks, ige, (plain, at) => {
      expect(hex(igeDecrypt(igeEncrypt(plain, at), at))).toBe(hex(plain));
    }),
    { numRuns: 50 },
  );
});

test('refuses what is no whole block', () => {
  expect(() => igeEncrypt(new Uint8Array(17), VECTOR.at)).toThrow(RangeError);
  expect(() => igeDecrypt(new Uint8Array(15), VECTOR.at)).toThrow(RangeError);
});

/** y[i] = E(x[i] ^ y[i-1]) ^ x[i-1], as it is written. */
function slowIge(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const xor = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ b[i]);
  const out = new Uint8Array(plain.length);
  let [y, x] = [iv.slice(0, 16), iv.slice(16)];
  for (let at = 0; at < plain.length; at += 16) {
    const next = plain.slice(at, at + 16);
    const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    y = xor(new Uint8Array(ecb.update(xor(next, y))), x);
    x = next;
    out.set(y, at);
  }
  return out;
}
