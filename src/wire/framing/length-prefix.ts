import { putU32le, u32le } from '../octets.ts';
import { type FrameReading, NEED_MORE, reject, WORD_BYTES } from './frame.ts';

/*
 * What the two framings with a 4-byte length share; bit 31 asks for a quick ack (uplink) or announces one (downlink).
 *
 *   0        4
 *   | length | payload [padding]
 */
export const LENGTH_BYTES = 4;
const QUICK_ACK_BIT = 0x80000000;
const LENGTH_MASK = 0x7fffffff;

/** A frame's header and payload, with room for `paddingBytes`. */
export function encodeFrame(payload: Uint8Array, paddingBytes: number, quickAck: boolean): Uint8Array {
  const length = payload.length + paddingBytes;
  const frame = new Uint8Array(LENGTH_BYTES + length);
  putU32le(frame, 0, quickAck ? length | QUICK_ACK_BIT : length);
  frame.set(payload, LENGTH_BYTES);
  return frame;
}

/** A bare quick ack: the token in the place of a length, which its top bit tells apart. */
export function encodeQuickAck(token: number): Uint8Array {
  const ack = new Uint8Array(LENGTH_BYTES);
  putU32le(ack, 0, token);
  return ack;
}

/** Reads a frame; where `isPadded`, what exceeds a multiple of 4 is padding, elsewhere such a length is refused. */
export function decodeFrame(bytes: Uint8Array, maxFrame: number, isPadded: boolean): FrameReading {
  if (bytes.length < LENGTH_BYTES) return NEED_MORE;
  const word = u32le(bytes, 0);
  const length = word & LENGTH_MASK;
  if (length < WORD_BYTES) return reject('frame without a word');
  if (length > maxFrame) return reject(`frame of ${length} bytes`);
  const excess = length % WORD_BYTES;
  if (excess !== 0 && !isPadded) return reject('frame length not a multiple of 4');
  const consumed = LENGTH_BYTES + length;
  if (bytes.length < consumed) return NEED_MORE;
  const payload = bytes.subarray(LENGTH_BYTES, consumed - excess);
  return { kind: 'frame', payload, quickAck: word >= QUICK_ACK_BIT, consumed };
}

/** Reads a bare quick ack, or null when something else stands here. */
export function decodeQuickAck(bytes: Uint8Array): FrameReading | null {
  if (bytes.length < LENGTH_BYTES) return NEED_MORE;
  const token = u32le(bytes, 0);
  return token >= QUICK_ACK_BIT ? { kind: 'quick-ack', token, consumed: LENGTH_BYTES } : null;
}
