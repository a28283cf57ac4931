import { concat, equal } from '../kit/bytes.ts';
import { putU32le, u32le } from './octets.ts';

/*
 * The first question of a key exchange and its answer, in unencrypted messages; integers are little-endian.
 *
 *   0        8            16       20            24      40
 *   | key id | message id | length | constructor | nonce |                                            req_pq_multi
 *   | key id | message id | length | constructor | nonce | server nonce, pq, fingerprints of keys ... resPQ
 *
 * The key id is 0. A message id is the sender's clock: seconds in its upper half, their fraction in the lower.
 */
const KEY_ID_BYTES = 8;
const ID_FRACTION_OFFSET = KEY_ID_BYTES;
const ID_SECONDS_OFFSET = ID_FRACTION_OFFSET + 4;
const LENGTH_OFFSET = ID_SECONDS_OFFSET + 4;
const BODY_OFFSET = LENGTH_OFFSET + 4;
const NONCE_OFFSET = BODY_OFFSET + 4;
/** Length of the nonce that ties an answer to its question. */
export const NONCE_BYTES = 16;
const BODY_START_BYTES = 4 + NONCE_BYTES;

const REQ_PQ_MULTI = 0xbe7e8ef1;
const RES_PQ = 0x05162463;

const SECOND_MS = 1_000;
const FRACTIONS_A_SECOND = 2 ** 32;
/** A client's message ids are multiples of 4. */
const ID_STEP = 4;
/** A frame of one word is a transport error: a negative number. */
const ERROR_BYTES = 4;

/**
 * Asks for pq: any data centre answers, before anybody has logged in.
 *
 * @param nonce 16 random bytes
 * @param nowMs Unix milliseconds
 * @see https://core.telegram.org/mtproto/samples-auth_key
 */
export function reqPqMulti(nonce: Uint8Array, nowMs: number): Uint8Array {
  const message = new Uint8Array(NONCE_OFFSET);
  const fraction = ((nowMs % SECOND_MS) / SECOND_MS) * FRACTIONS_A_SECOND;
  putU32le(message, ID_FRACTION_OFFSET, Math.floor(fraction / ID_STEP) * ID_STEP);
  putU32le(message, ID_SECONDS_OFFSET, Math.floor(nowMs / SECOND_MS));
  putU32le(message, LENGTH_OFFSET, BODY_START_BYTES);
  putU32le(message, BODY_OFFSET, REQ_PQ_MULTI);
  return concat(message, nonce);
}

export type ResPqReading =
  | {
      kind: 'match';
      /** The data centre's clock, Unix milliseconds. */
      serverMs: number;
    }
  | { kind: 'reject'; reason: string };

/** Reads the frame that should answer a question with `nonce`. @param payload may have padding behind the message */
export function readResPq(payload: Uint8Array, nonce: Uint8Array): ResPqReading {
  if (payload.length === ERROR_BYTES) return reject(`transport error ${u32le(payload, 0) | 0}`);
  if (payload.length < NONCE_OFFSET + NONCE_BYTES) return reject(`a frame of ${payload.length} bytes`);
  if (payload.subarray(0, KEY_ID_BYTES).some((byte) => byte !== 0)) return reject('an encrypted message');
  const length = u32le(payload, LENGTH_OFFSET);
  if (length < BODY_START_BYTES || length > payload.length - BODY_OFFSET) return reject('a message of a wrong length');
  if (u32le(payload, BODY_OFFSET) !== RES_PQ) return reject('a message other than resPQ');
  if (!equal(payload.subarray(NONCE_OFFSET, NONCE_OFFSET + NONCE_BYTES), nonce)) return reject('another nonce');
  const fraction = u32le(payload, ID_FRACTION_OFFSET) / FRACTIONS_A_SECOND;
  return { kind: 'match', serverMs: (u32le(payload, ID_SECONDS_OFFSET) + fraction) * SECOND_MS };
}

function reject(reason: string): ResPqReading {
  return { kind: 'reject', reason };
}
