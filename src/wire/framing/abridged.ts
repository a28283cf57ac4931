import { putU24le, putU32be, u24le, u32be } from '../octets.ts';
import {
  checkPayload,
  checkUnpadded,
  type FrameCodec,
  type FrameReading,
  MAX_DOWNLINK_FRAME,
  MAX_UPLINK_FRAME,
  NEED_MORE,
  reject,
  WORD_BYTES,
} from './frame.ts';

/*
 * Lengths count 4-byte words; the top bit of the first byte asks for a quick ack (uplink) or announces one (downlink).
 *
 *   0        1                      0    1        4
 *   | length | payload              | 7f | length | payload
 */
const SHORT_HEADER_BYTES = 1;
const LONG_HEADER_BYTES = 4;
const LONG = 0x7f;
const MAX_WORDS = 0xffffff;
const QUICK_ACK_BIT = 0x80;
const QUICK_ACK_BYTES = 4;

/** @see protocol notes, "3.1 Abridged" */
export const abridged: FrameCodec = {
  framing: 'abridged',

  encode(payload, { quickAck = false, padding } = {}) {
    checkPayload(payload);
    checkUnpadded(padding);
    const words = payload.length / WORD_BYTES;
    if (words > MAX_WORDS) throw new RangeError(`payload of ${payload.length} bytes`);
    const headerBytes = words < LONG ? SHORT_HEADER_BYTES : LONG_HEADER_BYTES;
    const frame = new Uint8Array(headerBytes + payload.length);
    frame[0] = Math.min(words, LONG) | (quickAck ? QUICK_ACK_BIT : 0);
    if (headerBytes === LONG_HEADER_BYTES) putU24le(frame, SHORT_HEADER_BYTES, words);
    frame.set(payload, headerBytes);
    return frame;
  },

  // The token is sent the other way round than elsewhere, so that its top bit comes first.
  encodeQuickAck(token) {
    const ack = new Uint8Array(QUICK_ACK_BYTES);
    putU32be(ack, 0, token);
    return ack;
  },

  decodeUplink(bytes, maxFrame = MAX_UPLINK_FRAME) {
    return decodeFrame(bytes, maxFrame);
  },

  decodeDownlink(bytes, maxFrame = MAX_DOWNLINK_FRAME) {
    if (bytes.length === 0 || bytes[0] < QUICK_ACK_BIT) return decodeFrame(bytes, maxFrame);
    if (bytes.length < QUICK_ACK_BYTES) return NEED_MORE;
    return { kind: 'quick-ack', token: u32be(bytes, 0), consumed: QUICK_ACK_BYTES };
  },
};

function decodeFrame(bytes: Uint8Array, maxFrame: number): FrameReading {
  if (bytes.length < SHORT_HEADER_BYTES) return NEED_MORE;
  const first = bytes[0] & ~QUICK_ACK_BIT;
  const isLong = first === LONG;
  const headerBytes = isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
  if (bytes.length < headerBytes) return NEED_MORE;
  const words = isLong ? u24le(bytes, SHORT_HEADER_BYTES) : first;
  if (words === 0) return reject('empty frame');
  if (isLong && words < LONG) return reject('long form of a short length');
  const length = words * WORD_BYTES;
  if (length > maxFrame) return reject(`frame of ${length} bytes`);
  const consumed = headerBytes + length;
  if (bytes.length < consumed) return NEED_MORE;
  return {
    kind: 'frame',
    payload: bytes.subarray(headerBytes, consumed),
    quickAck: bytes[0] >= QUICK_ACK_BIT,
    consumed,
  };
}
