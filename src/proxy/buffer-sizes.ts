import type { FirstBuffers } from '../net/socket-options.ts';
import type { Want } from './buffer-budget.ts';
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
  /** What the configuration promises to a session that moves bulk. */
  readonly high: number;
  /** What is asked for beyond that; absent: what users can do without. */
  readonly beyond?: Want;
  /** Fills that a buffer which has grown once needs to grow again; absent: as many as for the first time. */
  readonly laterFills?: number;
}

/**
 * Once a stranger's buffer has grown it doubles with every fill, as the kernel's own would: a long page is to come as from the site
 * itself. The first growth takes as many fills as a user's: more than the kernel of a stranger that reads nothing takes in.
 */
const LATER_FILLS_OF_STRANGERS = 1;

/** The sizes that follow from the configured limits. Sessions share them. */
export class BufferRule {
  readonly limits: Policy['limits'];
  readonly up: WaySizes;
  /** From the fronted site to a stranger: a page is to come as quickly as from the site itself while memory lasts. */
  readonly downToStranger: WaySizes;
  readonly #downWithin: WaySizes;
  readonly #downBeyond: WaySizes;

  constructor(limits: Policy['limits']) {
    const [low, , high] = limits.toClientBuffer;
    const uplink = limits.toTelegramBufferBytes;
    this.limits = limits;
    this.up = { low: Math.min(low, uplink), free: uplink, start: uplink, high: uplink };
    this.downToStranger = strangerSizes(low, high);
    this.#downWithin = { low, free: low, start: high, high };
    this.#downBeyond = { low, free: low, start: low, high };
  }

  /**
   * From a stranger to the fronted site.
   * @param receive what the stranger's socket can receive now: with less, the window that it sees would differ from the system's
   */
  upFromStranger(receive: number): WaySizes {
    const { low } = this.downToStranger;
    return strangerSizes(low, Math.max(low, receive));
  }

  /** @param sessions how many stand: within the margin a downlink starts with the high size, beyond it with the low one */
  down(sessions: number): WaySizes {
    return sessions > this.limits.toClientBuffer[1] ? this.#downBeyond : this.#downWithin;
  }
}

/** They are promised nothing beyond what every session has: all else is for as long as memory is plenty. */
function strangerSizes(low: number, start: number): WaySizes {
  return { low, free: low, start, high: low, beyond: 'strangers', laterFills: LATER_FILLS_OF_STRANGERS };
}

/**
 * Buffers of a connection to a DC or a fronted site before its first packet. None are set while memory lasts: the window's scale is chosen
 * then, and one that fits small buffers could never grow. A session sets its own when it takes the connection.
 * @param sessions how many stand; beyond the margin, or when memory is short, segments are kept short: room for long ones
 *   (`roomForSegments`) would be too much for each of thousands
 */
export function dialBuffers(
  { toClientBuffer: [low, margin], toTelegramBufferBytes }: Policy['limits'],
  level: Level,
  sessions: number,
): FirstBuffers {
  if (level === 'normal') return sessions <= margin ? ANY_SIZE : { ...ANY_SIZE, longestSegment: SHORT_SEGMENT_BYTES };
  return { receive: low, send: Math.min(low, toTelegramBufferBytes), longestSegment: SHORT_SEGMENT_BYTES };
}

const ANY_SIZE: FirstBuffers = { receive: 0, send: 0 };
/** Above what nearly all links carry; several fit into the smallest buffer that a session may begin with. */
const SHORT_SEGMENT_BYTES = 2_048;
/** A sender's segments are at most half as long as the first window that it was offered, which is 64 KB. */
const LONGEST_SEGMENT_BYTES = 32_768;

/**
 * The least receive buffer for what comes in long segments, as over loopback, whatever else is said: room for two. With less,
 * while half of it is unread the kernel does not tell of the other half, and the sender waits for a timer of 200 ms.
 * @param segment bytes of the longest segments
 * @returns 0 for segments as nearly all links have them: any buffer will do
 */
export function roomForSegments(segment: number): number {
  return segment <= SHORT_SEGMENT_BYTES ? 0 : 2 * Math.min(segment, LONGEST_SEGMENT_BYTES);
}
