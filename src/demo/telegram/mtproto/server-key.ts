import { constants, createPublicKey, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto';
import { sha1 } from './hashes.ts';
import { TlWriter } from './tl-writer.ts';

const MODULUS_BITS = 2048;

/** The data centre's RSA key: clients encrypt their first secret with it. */
export interface ServerKey {
  /** `RSA PUBLIC KEY` (PKCS#1), for clients that take a key as text. */
  readonly publicPem: string;
  /** Lower-case hexadecimal of the modulus, for clients that take numbers. */
  readonly modulusHex: string;
  /** Lower 64 bits of SHA-1 over modulus and exponent as TL strings. */
  readonly fingerprint: bigint;
  /** RSA without padding: 256 bytes in, 256 bytes out; null when the input is no number below the modulus. */
  decrypt(block: Uint8Array): Uint8Array | null;
}

/** Shift that leaves the first of a fingerprint's 16 hexadecimal digits. */
const FIRST_DIGIT_SHIFT = 60n;

/**
 * A fresh 2048-bit key with exponent 65537: about 50 ms. Its fingerprint has all 16 digits: mtcute looks keys up by hexadecimal
 * text without leading zeros, and would not know one key in sixteen.
 */
export function newServerKey(): ServerKey {
  for (;;) {
    const key = serverKey(generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS }).privateKey);
    if (key.fingerprint >> FIRST_DIGIT_SHIFT !== 0n) return key;
  }
}

function serverKey(privateKey: KeyObject): ServerKey {
  const { n = '', e = '' } = privateKey.export({ format: 'jwk' });
  const modulus = new Uint8Array(Buffer.from(n, 'base64url'));
  const exponent = new Uint8Array(Buffer.from(e, 'base64url'));
  const digest = sha1(new TlWriter().string(modulus).string(exponent).bytes());
  return {
    publicPem: String(createPublicKey(privateKey).export({ type: 'pkcs1', format: 'pem' })),
    modulusHex: Buffer.from(modulus).toString('hex'),
    fingerprint: new DataView(digest.buffer).getBigUint64(digest.length - 8, true),
    decrypt: (block) => decryptRaw(privateKey, block),
  };
}

function decryptRaw(key: KeyObject, block: Uint8Array): Uint8Array | null {
  try {
    return Uint8Array.from(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, block));
  } catch {
    return null; // not a number below the modulus: the peer's mistake, answered by the key exchange
  }
}
