import { abridged } from './abridged.ts';
import type { FrameCodec } from './frame.ts';
import type { Framing } from './framing.ts';
import { intermediate } from './intermediate.ts';
import { padded } from './padded.ts';

export { type FrameCodec, type FrameReading, MAX_DOWNLINK_FRAME, MAX_UPLINK_FRAME } from './frame.ts';

const CODECS: Record<Framing, FrameCodec> = { abridged, intermediate, padded };

/**
 * The codec of one framing; it keeps no state, so all connections share it.
 *
 * @see protocol notes, "3. Transport framings"
 */
export function frameCodec(framing: Framing): FrameCodec {
  return CODECS[framing];
}
