import { putU16be, u16be } from '../octets.ts';
import { LENGTH_OFFSET, RECORD_HEADER_BYTES, RECORD_TYPE, VERSION_MAJOR, VERSION_MINOR } from './layout.ts';

/** Longest record payload that TLS 1.3 allows: 2^14 and 256 for what encryption adds. */
export const MAX_RECORD_PAYLOAD = 16_384 + 256;
/** What OpenSSL behind nginx sends at most: 2^14, the content type and a 16-byte tag. */
export const SERVER_RECORD_PAYLOAD = 16_384 + 1 + 16;

/** The record that both sides send once, for the eyes of middleboxes. */
export const CHANGE_CIPHER_SPEC: Uint8Array = Uint8Array.of(0x14, 0x03, 0x03, 0x00, 0x01, 0x01);

const CHANGE_CIPHER_SPEC_PAYLOAD = 1;

/**
 * Strips the TLS records from a client's stream after the hello.
 *
 * Payload is passed on as it comes, whole record or not: what is kept is the place in the current record and never a payload byte.
 *
 * @see protocol notes, "4.6 After the flight"
 */
export class RecordReader {
  #header: Uint8Array | null = null; // of a record whose header came in pieces
  #headerSeen = 0;
  #left = 0; // payload bytes of the current record still to come
  #skipping = false; // they belong to a change-cipher-spec record
  #broken = false;

  /**
   * @param chunk the reader's to overwrite: payload in several pieces is moved together in it, which costs a third of a copy
   * @returns the payload: a view of `chunk`, empty when there is none yet; null, then and ever after, when the stream is no legal
   * series of application-data and change-cipher-spec records
   */
  read(chunk: Uint8Array): Uint8Array | null {
    if (this.#broken) return null;
    const start = this.#seekPayload(chunk, 0);
    const end = this.#takePayload(chunk, start);
    const next = this.#seekPayload(chunk, end);
    const joinedEnd = next === chunk.length ? end : this.#joinPieces(chunk, end, next);
    return this.#broken ? null : chunk.subarray(start, joinedEnd);
  }

  /** Moves what starts at `next` to the payload that ends at `end`, piece by piece. @returns where it ends then */
  #joinPieces(chunk: Uint8Array, end: number, next: number): number {
    let to = end;
    let from = next;
    while (from < chunk.length) {
      const pieceEnd = this.#takePayload(chunk, from);
      chunk.copyWithin(to, from, pieceEnd);
      to += pieceEnd - from;
      from = this.#seekPayload(chunk, pieceEnd);
    }
    return to;
  }

  /** Where the next payload byte stands, or the chunk's end. */
  #seekPayload(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && !this.#broken && (this.#left === 0 || this.#skipping)) {
      at = this.#left === 0 ? this.#readHeader(chunk, at) : this.#takePayload(chunk, at);
    }
    return this.#broken ? chunk.length : at;
  }

  /** Where the current record, or the chunk, ends. */
  #takePayload(chunk: Uint8Array, from: number): number {
    const end = Math.min(from + this.#left, chunk.length);
    this.#left -= end - from;
    return end;
  }

  /** Takes header bytes from `chunk`, perhaps not all of them; returns where it stopped. */
  #readHeader(chunk: Uint8Array, start: number): number {
    if (this.#headerSeen === 0 && start + RECORD_HEADER_BYTES <= chunk.length) {
      this.#enter(chunk, start);
      return start + RECORD_HEADER_BYTES;
    }
    this.#header ??= new Uint8Array(RECORD_HEADER_BYTES);
    let at = start;
    while (at < chunk.length && this.#headerSeen < RECORD_HEADER_BYTES) this.#header[this.#headerSeen++] = chunk[at++];
    if (this.#headerSeen === RECORD_HEADER_BYTES) {
      this.#enter(this.#header, 0);
      this.#headerSeen = 0;
      this.#header = null;
    }
    return at;
  }

  #enter(bytes: Uint8Array, at: number): void {
    const type = bytes[at];
    const length = u16be(bytes, at + 3);
    this.#left = length;
    this.#skipping = type === RECORD_TYPE.changeCipherSpec;
    const typeFits = this.#skipping
      ? length === CHANGE_CIPHER_SPEC_PAYLOAD
      : type === RECORD_TYPE.applicationData && length <= MAX_RECORD_PAYLOAD;
    this.#broken = !typeFits || bytes[at + 1] !== VERSION_MAJOR || bytes[at + 2] !== VERSION_MINOR;
  }
}

/** The header of an application-data record. */
export function recordHeader(payloadBytes: number): Uint8Array {
  const header = Uint8Array.of(RECORD_TYPE.applicationData, VERSION_MAJOR, VERSION_MINOR, 0, 0);
  setRecordLength(header, payloadBytes);
  return header;
}

export function setRecordLength(header: Uint8Array, payloadBytes: number): void {
  putU16be(header, LENGTH_OFFSET, payloadBytes);
}

const FIRST_SCRATCH_BYTES = 64 * 1024;
const MAX_SCRATCH_BYTES = 1024 * 1024; // a larger chunk gets an array of its own, so that one burst is not paid for ever after
// Records start this far into the array. Chunks and scratch both begin on a page, and on AMD's Zen 3 a long copy whose target
// lies less than 32 bytes ahead of its source, modulo a page, takes ten times as long: with a header of 5 bytes it would.
const SCRATCH_START = 64;
let scratch = new Uint8Array(FIRST_SCRATCH_BYTES);

/** Says how many payload bytes the next record may have, 1 to 16640; asked once for each record. */
export interface RecordSizes {
  next(): number;
}

/** @throws RangeError for a limit that no record may have */
function always(limit: number): RecordSizes {
  const isLegal = Number.isInteger(limit) && limit >= 1 && limit <= MAX_RECORD_PAYLOAD;
  if (!isLegal) throw new RangeError(`payload limit ${limit}`);
  return { next: () => limit };
}

/**
 * Wraps downlink bytes in application-data records.
 *
 * @see protocol notes, "4.6 After the flight"
 */
export class RecordWriter {
  readonly #sizes: RecordSizes;

  /** @param sizes most payload bytes in one record: always the same, or asked for each */
  constructor(sizes: RecordSizes | number = SERVER_RECORD_PAYLOAD) {
    this.#sizes = typeof sizes === 'number' ? always(sizes) : sizes;
  }

  /**
   * @returns the records, none of them empty: a view of an array that all writers share, valid until the next wrap() of any of
   * them; copy what has to outlive that
   */
  wrap(bytes: Uint8Array): Uint8Array {
    let limit = this.#sizes.next();
    // No later record is smaller than the first: sizes only grow while bytes flow.
    const length = bytes.length + Math.ceil(bytes.length / limit) * RECORD_HEADER_BYTES;
    const out = scratchOf(SCRATCH_START + length);
    let at = SCRATCH_START;
    for (let from = 0; from < bytes.length; ) {
      const payload = bytes.subarray(from, from + limit);
      out[at] = RECORD_TYPE.applicationData;
      out[at + 1] = VERSION_MAJOR;
      out[at + 2] = VERSION_MINOR;
      putU16be(out, at + 3, payload.length);
      out.set(payload, at + RECORD_HEADER_BYTES);
      at += RECORD_HEADER_BYTES + payload.length;
      from += payload.length;
      if (from < bytes.length) limit = this.#sizes.next();
    }
    return out.subarray(SCRATCH_START, at);
  }
}

function scratchOf(length: number): Uint8Array {
  if (length <= scratch.length) return scratch;
  if (length > MAX_SCRATCH_BYTES) return new Uint8Array(length);
  let size = scratch.length;
  while (size < length) size *= 2;
  scratch = new Uint8Array(size);
  return scratch;
}
