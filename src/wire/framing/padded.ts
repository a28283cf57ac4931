import { u32le } from '../octets.ts';
import { checkPayload, type FrameCodec, type FrameReading, MAX_DOWNLINK_FRAME, MAX_UPLINK_FRAME } from './frame.ts';
import { decodeFrame, decodeQuickAck, encodeFrame, encodeQuickAck, LENGTH_BYTES } from './length-prefix.ts';

/** A frame this short holds no message but a control word; clients tell them apart by length alone. */
const MESSAGE_BYTES = 16;
/** The control word before the token of a framed quick ack. */
const FRAMED_QUICK_ACK = 0xffffffff;
const TOKEN_OFFSET = 4;
const FRAMED_QUICK_ACK_BYTES = 8;

/**
 * Padded intermediate: the length counts the padding too, and nothing on the wire says where payload ends.
 *
 * Towards a client at most 3 bytes of padding are safe: more would lift a 4-byte error over the length that marks it as one.
 * A server's no-op (a frame with the word 0) reads as a frame.
 *
 * @see protocol notes, "3.3 Padded intermediate"
 */
export const padded: FrameCodec = {
  framing: 'padded',

  encode(payload, { quickAck = false, padding } = {}) {
    checkPayload(payload);
    const paddingBytes = padding === undefined ? 0 : padding.length;
    const frame = encodeFrame(payload, paddingBytes, quickAck);
    if (padding !== undefined) frame.set(padding, frame.length - paddingBytes);
    return frame;
  },

  encodeQuickAck,

  decodeUplink(bytes, maxFrame = MAX_UPLINK_FRAME) {
    return decodeFrame(bytes, maxFrame, true);
  },

  decodeDownlink(bytes, maxFrame = MAX_DOWNLINK_FRAME) {
    return decodeQuickAck(bytes) ?? unframed(decodeFrame(bytes, maxFrame, true));
  },
};

/** Takes a quick ack out of the frame in which the official proxy sends every other one. */
function unframed(reading: FrameReading): FrameReading {
  if (reading.kind !== 'frame' || reading.consumed - LENGTH_BYTES >= MESSAGE_BYTES) return reading;
  const { payload, consumed } = reading;
  if (payload.length < FRAMED_QUICK_ACK_BYTES || u32le(payload, 0) !== FRAMED_QUICK_ACK) return reading;
  return { kind: 'quick-ack', token: u32le(payload, TOKEN_OFFSET), consumed };
}
