import type { FirstBuffers } from '../net/socket-options.ts';
import type { Policy } from './policy.ts';
import type { Level } from './pressure.ts';

/** Buffer sizes of one way of a session, as they are told to the kernel. */
export interface WaySizes {
  /** While memory is short. */
  readonly low: number;
  /** What every session has without a charge. */
  readonly free: number;
  /** What it begins with, if the budget has it, and goes back to. */
  readonly start: number;
  /** What the configuration promises to a session that moves bulk; beyond it only spare memory is used. */
  readonly high: number;
}

/** A sender's segments are at most half as long as the first window that it was offered, which is 64 KB. */
const LONGEST_SEGMENT_BYTES = 32_768;
/** Above what links to data centres carry; several fit into the smallest buffer that a session may begin with. */
const SHORT_SEGMENT_BYTES = 2_048;
/**
 * Two segments have to fit into a receive buffer: while more than a half is unread the kernel does not tell of room for less than
 * the other half, and the sender waits for a timer of 200 ms.
 */
const SEGMENTS_THAT_FIT = 2;

/** The sizes that follow from the configured limits. Sessions share them. */
export class BufferRule {
  readonly limits: Policy['limits'];
  readonly #up: WaySizes;
  readonly #upForLong: WaySizes;
  readonly #downWithin: WaySizes;
  readonly #downBeyond: WaySizes;

  constructor(limits: Policy['limits']) {
    const [low, , high] = limits.toClientBuffer;
    const uplink = limits.toTelegramBufferBytes;
    this.limits = limits;
    const forLong = Math.max(uplink, SEGMENTS_THAT_FIT * LONGEST_SEGMENT_BYTES);
    this.#up = { low: Math.min(low, uplink), free: uplink, start: uplink, high: uplink };
    this.#upForLong = { ...this.#up, free: forLong, start: forLong, high: forLong };
    this.#downWithin = { low, free: low, start: high, high };
    this.#downBeyond = { low, free: low, start: low, high };
  }

  /** @param segment bytes of the client's longest segments; where two don't fit (on loopback) the buffer is larger */
  up(segment: number): WaySizes {
    return fits(segment, this.limits.toTelegramBufferBytes) ? this.#up : this.#upForLong;
  }

  /**
   * Within the margin a downlink starts with the high size, beyond it with the low one.
   * @param sessions how many stand
   * @param segment bytes of the data centre's longest segments; where two don't fit the low size it counts as within
   */
  down(sessions: number, segment: number): WaySizes {
    const [low, margin] = this.limits.toClientBuffer;
    return sessions > margin && fits(segment, low) ? this.#downBeyond : this.#downWithin;
  }
}

function fits(segment: number, buffer: number): boolean {
  return SEGMENTS_THAT_FIT * segment <= buffer;
}

/**
 * Buffers of a DC connection before its first packet. None are set while memory lasts: the window's scale is chosen
 * then, and one that fits small buffers could never grow. A session sets its own when it takes the connection; where that
 * will be a small one, segments have to be short.
 * @param sessions how many stand
 */
export function dialBuffers(
  { toClientBuffer: [low, margin, high], toTelegramBufferBytes }: Policy['limits'],
  level: Level,
  sessions: number,
): FirstBuffers {
  if (level !== 'normal') {
    return { receive: low, send: Math.min(low, toTelegramBufferBytes), longestSegment: SHORT_SEGMENT_BYTES };
  }
  return sessions <= margin && fits(LONGEST_SEGMENT_BYTES, high) ? ANY_SIZE : ANY_SIZE_SHORT_SEGMENTS;
}

const ANY_SIZE: FirstBuffers = { receive: 0, send: 0 };
const ANY_SIZE_SHORT_SEGMENTS: FirstBuffers = { ...ANY_SIZE, longestSegment: SHORT_SEGMENT_BYTES };

/**
 * The longest segment that a client may send, where the operator wants smaller buffers than long ones need; undefined: any,
 * and `BufferRule.up` makes room for it.
 * @param toTelegramBuffer bytes, as configured
 */
export function longestClientSegment(toTelegramBuffer: number): number | undefined {
  return toTelegramBuffer < LONGEST_SEGMENT_BYTES ? Math.floor(toTelegramBuffer / SEGMENTS_THAT_FIT) : undefined;
}
