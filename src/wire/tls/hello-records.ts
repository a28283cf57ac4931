import { u16be } from '../octets.ts';
import {
  HANDSHAKE_HEADER_BYTES,
  HANDSHAKE_TYPE,
  LENGTH_OFFSET,
  MAX_HELLO_MINOR,
  MIN_HELLO_MINOR,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  VERSION_MAJOR,
  VERSION_OFFSET,
} from './layout.ts';

/** Longest hello message, its own header included: what one record may hold. */
export const MAX_HELLO_BYTES = 16_384;
/** Most records a hello may be split over; tools that dodge inspection cut it small. */
export const MAX_HELLO_RECORDS = 64;

/** As much of the hello message as has come; whole when `message` is `length` long. */
export interface HelloPrefix {
  kind: 'prefix';
  /** Without record headers: a view when it lies in one record, else a copy. */
  message: Uint8Array;
  /** What the message declares, its own header included; null while that has not come. */
  length: number | null;
  records: number;
  /** Bytes up to the end of the last record seen. */
  consumed: number;
}

export type HelloGathering = HelloPrefix | { kind: 'reject'; reason: string };

const MESSAGE_LENGTH_MASK = 0xffffff;

/**
 * Joins the hello message out of the records that carry it, reading none that follow.
 *
 * @see protocol notes, "4.2 The digest" (fragmented hello)
 */
export function gatherHello(bytes: Uint8Array): HelloGathering {
  let at = 0;
  let records = 0;
  let carried = 0; // message bytes that the records so far are to carry
  let head = 0;
  let headSeen = 0;
  let length: number | null = null;
  while (at < bytes.length && carried !== length) {
    const fault = recordFault(bytes, at, records);
    if (fault !== null) return reject(fault);
    const payload = at + RECORD_HEADER_BYTES;
    if (payload > bytes.length) break;
    const payloadBytes = u16be(bytes, at + LENGTH_OFFSET);
    at = payload + payloadBytes;
    records += 1;
    carried += payloadBytes;
    for (let i = payload; i < at && i < bytes.length && headSeen < HANDSHAKE_HEADER_BYTES; i++, headSeen++) {
      if (headSeen === 0 && bytes[i] !== HANDSHAKE_TYPE.clientHello) return reject('not a client hello');
      head = (head << 8) | bytes[i];
    }
    if (headSeen === HANDSHAKE_HEADER_BYTES) {
      length = HANDSHAKE_HEADER_BYTES + (head & MESSAGE_LENGTH_MASK);
      if (length > MAX_HELLO_BYTES) return reject(`hello longer than ${MAX_HELLO_BYTES} bytes`);
    }
    if (carried > (length ?? MAX_HELLO_BYTES)) return reject('a record is longer than the hello it carries');
  }
  return { kind: 'prefix', message: joined(bytes, records), length, records, consumed: at };
}

/** Why no hello record can start here; null while the bytes at hand allow one. */
function recordFault(bytes: Uint8Array, at: number, before: number): string | null {
  const seen = bytes.length - at;
  if (bytes[at] !== RECORD_TYPE.handshake) return 'not a TLS handshake record';
  if (seen > VERSION_OFFSET && bytes[at + VERSION_OFFSET] !== VERSION_MAJOR) return 'not a TLS version';
  const minor = bytes[at + VERSION_OFFSET + 1];
  if (seen > VERSION_OFFSET + 1 && (minor < MIN_HELLO_MINOR || minor > MAX_HELLO_MINOR)) return 'not a TLS version';
  if (before === MAX_HELLO_RECORDS) return `hello split over more than ${MAX_HELLO_RECORDS} records`;
  if (seen >= RECORD_HEADER_BYTES && u16be(bytes, at + LENGTH_OFFSET) === 0) return 'empty record';
  return null;
}

function joined(bytes: Uint8Array, records: number): Uint8Array {
  if (records === 0) return bytes.subarray(0, 0);
  const firstEnd = RECORD_HEADER_BYTES + u16be(bytes, LENGTH_OFFSET);
  if (records === 1) return bytes.subarray(RECORD_HEADER_BYTES, firstEnd);
  const message = new Uint8Array(bytes.length);
  let length = 0;
  let at = 0;
  for (let record = 0; record < records; record++) {
    const end = at + RECORD_HEADER_BYTES + u16be(bytes, at + LENGTH_OFFSET);
    const payload = bytes.subarray(at + RECORD_HEADER_BYTES, end);
    message.set(payload, length);
    length += payload.length;
    at = end;
  }
  return message.subarray(0, length);
}

function reject(reason: string): HelloGathering {
  return { kind: 'reject', reason };
}
