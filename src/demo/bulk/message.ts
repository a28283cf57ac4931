import { equal, utf8 } from '../../kit/bytes.ts';

/** Stands where other frames have the id of their authorisation key. */
export const BULK_MAGIC = utf8('\u0001PETREL\u0002');
const MAGIC_BYTES = 8;
const OP_OFFSET = MAGIC_BYTES;
const TAG_OFFSET = OP_OFFSET + 4;
const LENGTH_OFFSET = TAG_OFFSET + 4;
/** Length of a message without its body. */
export const BULK_HEADER_BYTES = LENGTH_OFFSET + 4;
const WORD_BYTES = 4;
const QUICK_ACK_BIT = 0x80000000;

/** What a message of the bulk dialect asks for or answers. */
export const BULK_OP = {
  /** Any body; answered by `echoed` with the same body. */
  echo: 1,
  echoed: 2,
  /** `Transfer`; answered by `content` messages and one `done`. */
  download: 3,
  /** A piece of the test stream, either way. */
  content: 4,
  /** `Verdict`: ends a download or answers an upload. */
  done: 5,
  /** `Transfer`; `content` messages follow, then `done` is answered. */
  upload: 6,
  /** The data centre reads nothing more, and only sends a sign of life now and then. */
  stall: 7,
  /** The data centre ends the connection in order. */
  close: 8,
  /** The data centre resets the connection. */
  reset: 9,
} as const;

export type BulkOp = (typeof BULK_OP)[keyof typeof BULK_OP];

/** One message of the load-test dialect: no key exchange, no encryption of its own. */
export interface BulkMessage {
  readonly op: number;
  /** Chosen by the client; answers carry it. */
  readonly tag: number;
  /** A view. */
  readonly body: Uint8Array;
}

/** Body of `download` and `upload`. */
export interface Transfer {
  readonly total: number;
  /** Content bytes in one message. */
  readonly piece: number;
  readonly seed: number;
}

/** Body of `done`: how many content bytes went over, and whether all of them were right. */
export interface Verdict {
  readonly total: number;
  readonly isIntact: boolean;
}

export function isBulk(payload: Uint8Array): boolean {
  return payload.length >= BULK_HEADER_BYTES && equal(payload.subarray(0, MAGIC_BYTES), BULK_MAGIC);
}

/**
 * Writes one message.
 *
 *   0       8    12    16       20
 *   | magic | op | tag | length | body | zeros to a multiple of 4      (u32 LE)
 */
export function writeBulk(op: BulkOp, tag: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((BULK_HEADER_BYTES + body.length) / WORD_BYTES) * WORD_BYTES);
  bytes.set(BULK_MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(OP_OFFSET, op, true);
  view.setUint32(TAG_OFFSET, tag, true);
  view.setUint32(LENGTH_OFFSET, body.length, true);
  bytes.set(body, BULK_HEADER_BYTES);
  return bytes;
}

/** Reads one message that `isBulk`; framings may have left padding behind it. */
export function readBulk(payload: Uint8Array): BulkMessage {
  const view = viewOf(payload);
  const body = payload.subarray(BULK_HEADER_BYTES, BULK_HEADER_BYTES + view.getUint32(LENGTH_OFFSET, true));
  return { op: view.getUint32(OP_OFFSET, true), tag: view.getUint32(TAG_OFFSET, true), body };
}

/** The token of a message's quick ack: the checksum of what `readBulk` reads, with the top bit set. */
export function bulkQuickAck(payload: Uint8Array): number {
  const length = BULK_HEADER_BYTES + readBulk(payload).body.length;
  return (Bun.hash.crc32(payload.subarray(0, length)) | QUICK_ACK_BIT) >>> 0;
}

/** `0 total u64 | 8 piece u32 | 12 seed u32`, little-endian. */
export function writeTransfer({ total, piece, seed }: Transfer): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(total), true);
  view.setUint32(8, piece, true);
  view.setUint32(12, seed, true);
  return bytes;
}

/** Null when the body is short. */
export function readTransfer(body: Uint8Array): Transfer | null {
  if (body.length < 16) return null;
  const view = viewOf(body);
  return { total: Number(view.getBigUint64(0, true)), piece: view.getUint32(8, true), seed: view.getUint32(12, true) };
}

/** `0 total u64 | 8 isIntact u32`, little-endian. */
export function writeVerdict({ total, isIntact }: Verdict): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(total), true);
  view.setUint32(8, isIntact ? 1 : 0, true);
  return bytes;
}

/** Null when the body is short. */
export function readVerdict(body: Uint8Array): Verdict | null {
  if (body.length < 12) return null;
  const view = viewOf(body);
  return { total: Number(view.getBigUint64(0, true)), isIntact: view.getUint32(8, true) === 1 };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
