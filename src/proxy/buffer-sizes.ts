import type { BufferSizes } from '../net/socket-options.ts';
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

/** The sizes that follow from the configured limits. Sessions share them. */
export class BufferRule {
  readonly limits: Policy['limits'];
  readonly up: WaySizes;
  readonly #downWithin: WaySizes;
  readonly #downBeyond: WaySizes;

  constructor(limits: Policy['limits']) {
    const [low, , high] = limits.toClientBuffer;
    const uplink = limits.toTelegramBufferBytes;
    this.limits = limits;
    this.up = { low: Math.min(low, uplink), free: uplink, start: uplink, high: uplink };
    this.#downWithin = { low, free: low, start: high, high };
    this.#downBeyond = { low, free: low, start: low, high };
  }

  /** @param sessions how many stand: within the margin a downlink starts with the high size, beyond it with the low one */
  down(sessions: number): WaySizes {
    return sessions > this.limits.toClientBuffer[1] ? this.#downBeyond : this.#downWithin;
  }
}

/**
 * Buffers of a DC connection before its first packet. None are set while memory lasts: the window's scale is chosen
 * then, and one that fits small buffers could never grow. A session sets its own when it takes the connection.
 */
export function dialBuffers(
  { toClientBuffer: [low], toTelegramBufferBytes }: Policy['limits'],
  level: Level,
): BufferSizes {
  return level === 'normal' ? { receive: 0, send: 0 } : { receive: low, send: Math.min(low, toTelegramBufferBytes) };
}
