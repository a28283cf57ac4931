import { timingSafeEqual } from 'node:crypto';
import { putU32le, u32le } from '../octets.ts';
import { RANDOM_BYTES, RANDOM_OFFSET } from './layout.ts';

/*
 * The random of a signed hello, D being the HMAC-SHA256 of the record with this field zeroed:
 *
 *   0           28                       32
 *   | D[0:28)   | D[28:32) xor unix time |
 */
const TIME_OFFSET = 28;
const RANDOM_END = RANDOM_OFFSET + RANDOM_BYTES;

/**
 * The digest of one hello, to be tried with every user's key.
 *
 * @see protocol notes, "4.2 The digest"
 */
export class HelloDigest {
  readonly #unsigned: Uint8Array;
  readonly #claimed: Uint8Array;
  readonly #claimedTime: number;

  /** @param record a whole hello record, copied */
  constructor(record: Uint8Array) {
    this.#unsigned = unsigned(record);
    this.#claimed = new Uint8Array(record.subarray(RANDOM_OFFSET, RANDOM_OFFSET + TIME_OFFSET));
    this.#claimedTime = u32le(record, RANDOM_OFFSET + TIME_OFFSET);
  }

  /**
   * Unix seconds of the client's clock when it signed with `key`, else null; compared in constant time.
   *
   * The time is not authenticated: whoever saw the hello can change it.
   */
  timestampFor(key: Uint8Array): number | null {
    const digest = hmac(key, this.#unsigned);
    if (!timingSafeEqual(digest.subarray(0, TIME_OFFSET), this.#claimed)) return null;
    return (this.#claimedTime ^ u32le(digest, TIME_OFFSET)) >>> 0;
  }
}

/** Fills in a hello's random as a client does; returns a copy. */
export function signHello(record: Uint8Array, key: Uint8Array, unixSeconds: number): Uint8Array {
  const signed = unsigned(record);
  const random = hmac(key, signed);
  putU32le(random, TIME_OFFSET, (u32le(random, TIME_OFFSET) ^ unixSeconds) >>> 0);
  signed.set(random, RANDOM_OFFSET);
  return signed;
}

function unsigned(record: Uint8Array): Uint8Array {
  if (record.length < RANDOM_END) throw new RangeError('no hello record is that short');
  const copy = new Uint8Array(record);
  copy.fill(0, RANDOM_OFFSET, RANDOM_END);
  return copy;
}

function hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Bun.CryptoHasher('sha256', key).update(bytes).digest();
}
