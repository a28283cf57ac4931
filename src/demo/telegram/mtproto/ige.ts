import { createCipheriv, createDecipheriv } from 'node:crypto';

const BLOCK = 16;

/** An AES-256-IGE key: 32 bytes, and the 32-byte IV (first the block before the ciphertext, then the one before the plaintext). */
export interface IgeKey {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/**
 * Encrypts with AES-256-IGE: y[i] = E(x[i] ^ y[i-1]) ^ x[i-1].
 *
 * With z[i] = y[i] ^ x[i-1] this reads z[i] = E((x[i] ^ x[i-2]) ^ z[i-1]), which is CBC over x[i] ^ x[i-2]: one native
 * call, and the plaintext is xored in before and after it.
 *
 * @param bytes a multiple of 16 long, not modified
 */
export function igeEncrypt(bytes: Uint8Array, at: IgeKey): Uint8Array {
  requireBlocks(bytes);
  const before = at.iv.subarray(BLOCK); // x[-1]
  const mixed = Uint8Array.from(bytes);
  xorInto(mixed, BLOCK, before);
  xorInto(mixed, 2 * BLOCK, bytes);
  const cbc = createCipheriv('aes-256-cbc', at.key, at.iv.subarray(0, BLOCK)).setAutoPadding(false);
  const out = Uint8Array.from(cbc.update(mixed));
  xorInto(out, 0, before);
  xorInto(out, BLOCK, bytes);
  return out;
}

/** Undoes `igeEncrypt`: x[i] = D(y[i] ^ x[i-1]) ^ y[i-1], block by block, since each needs the one before. */
export function igeDecrypt(bytes: Uint8Array, at: IgeKey): Uint8Array {
  requireBlocks(bytes);
  const ecb = createDecipheriv('aes-256-ecb', at.key, null).setAutoPadding(false);
  const out = new Uint8Array(bytes.length);
  const block = new Uint8Array(BLOCK);
  let cipherBefore = at.iv.subarray(0, BLOCK);
  let plainBefore = at.iv.subarray(BLOCK);
  for (let start = 0; start < bytes.length; start += BLOCK) {
    const cipher = bytes.subarray(start, start + BLOCK);
    block.set(cipher);
    xorInto(block, 0, plainBefore);
    const plain = out.subarray(start, start + BLOCK);
    plain.set(ecb.update(block));
    xorInto(plain, 0, cipherBefore);
    cipherBefore = cipher;
    plainBefore = plain;
  }
  return out;
}

/** Xors `mask` into `bytes` from `start` on, as far as both reach; at most one block when the mask is one block. */
function xorInto(bytes: Uint8Array, start: number, mask: Uint8Array): void {
  const length = Math.min(bytes.length - start, mask.length);
  for (let i = 0; i < length; i++) bytes[start + i] = (bytes[start + i] ?? 0) ^ (mask[i] ?? 0);
}

function requireBlocks(bytes: Uint8Array): void {
  if (bytes.length % BLOCK !== 0) throw new RangeError('IGE works on whole blocks of 16 bytes');
}
