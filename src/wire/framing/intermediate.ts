import { checkPayload, checkUnpadded, type FrameCodec, MAX_DOWNLINK_FRAME, MAX_UPLINK_FRAME } from './frame.ts';
import { decodeFrame, decodeQuickAck, encodeFrame, encodeQuickAck } from './length-prefix.ts';

/** @see protocol notes, "3.2 Intermediate" */
export const intermediate: FrameCodec = {
  framing: 'intermediate',

  encode(payload, { quickAck = false, padding } = {}) {
    checkPayload(payload);
    checkUnpadded(padding);
    return encodeFrame(payload, 0, quickAck);
  },

  encodeQuickAck,

  decodeUplink(bytes, maxFrame = MAX_UPLINK_FRAME) {
    return decodeFrame(bytes, maxFrame, false);
  },

  decodeDownlink(bytes, maxFrame = MAX_DOWNLINK_FRAME) {
    return decodeQuickAck(bytes) ?? decodeFrame(bytes, maxFrame, false);
  },
};
