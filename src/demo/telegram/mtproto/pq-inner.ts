import { concat, equal } from '../../../kit/bytes.ts';
import { sha1, sha256 } from './hashes.ts';
import { igeDecrypt } from './ige.ts';
import { TL } from './names.ts';
import type { ServerKey } from './server-key.ts';
import { TlReader } from './tl-reader.ts';

const SHA1_BYTES = 20;
const TEMP_KEY_BYTES = 32;
const PADDED_BYTES = 192;
const ZERO_IV = new Uint8Array(32);

/** What a client tells the data centre under its RSA key. */
export interface PqInner {
  readonly nonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly newNonce: Uint8Array;
}

/**
 * Opens the RSA block of `req_DH_params`, in either of the two schemes.
 *
 *   RSA_PAD   temp_key ^ SHA256(aes) 32 | aes 224      aes = IGE(reversed(data 192) | SHA256(temp_key | data) 32), zero IV
 *   older     0 | SHA1(data) 20 | data | random         256 bytes
 *
 * @param block 256 bytes, as the client sent them
 * @returns null when neither scheme's digest fits
 * @see https://core.telegram.org/mtproto/auth_key, step 4
 */
export function openPqInner(block: Uint8Array, key: ServerKey): PqInner | null {
  const opened = key.decrypt(block);
  if (opened === null) return null;
  return readPadded(opened) ?? readHashed(opened);
}

function readPadded(opened: Uint8Array): PqInner | null {
  const encrypted = opened.subarray(TEMP_KEY_BYTES);
  const mask = sha256(encrypted);
  const tempKey = opened.subarray(0, TEMP_KEY_BYTES).map((byte, i) => byte ^ (mask[i] ?? 0));
  const plain = igeDecrypt(encrypted, { key: tempKey, iv: ZERO_IV });
  const padded = plain.slice(0, PADDED_BYTES).reverse();
  if (!equal(sha256(concat(tempKey, padded)), plain.subarray(PADDED_BYTES))) return null;
  return readFields(padded)?.inner ?? null;
}

function readHashed(opened: Uint8Array): PqInner | null {
  if (opened[0] !== 0) return null;
  const body = opened.subarray(1 + SHA1_BYTES);
  const fields = readFields(body);
  if (fields === null) return null;
  const isIntact = equal(sha1(body.subarray(0, fields.length)), opened.subarray(1, 1 + SHA1_BYTES));
  return isIntact ? fields.inner : null;
}

function readFields(bytes: Uint8Array): { inner: PqInner; length: number } | null {
  const reader = new TlReader(bytes);
  const type = reader.int();
  for (let i = 0; i < 3; i++) reader.string(); // pq, p, q
  const inner = { nonce: reader.raw(16), serverNonce: reader.raw(16), newNonce: reader.raw(32) };
  if (!readTail(type, reader) || reader.isShort) return null;
  return { inner, length: reader.consumed };
}

/** Reads the data centre id and the life time, where the constructor has them. */
function readTail(type: number, reader: TlReader): boolean {
  switch (type) {
    case TL.pqInner:
      return true;
    case TL.pqInnerDc:
    case TL.pqInnerTemp:
      reader.int();
      return true;
    case TL.pqInnerTempDc:
      reader.long();
      return true;
    default:
      return false;
  }
}
