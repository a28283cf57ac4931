import type { Framing } from './framing.ts';

/** What stands at the start of a stream of frames. */
export type FrameReading =
  | { kind: 'need-more' }
  | { kind: 'reject'; reason: string }
  | {
      kind: 'frame';
      /** A view; padding beyond a multiple of 4 is cut off, whole words of it can't be told from payload. */
      payload: Uint8Array;
      /** The client asks for a quick ack (uplink only). */
      quickAck: boolean;
      consumed: number;
    }
  | {
      kind: 'quick-ack';
      /** Unsigned 32 bits, as both ends compute it (downlink only). */
      token: number;
      consumed: number;
    };

/** Writes and reads one framing; the reader of a socket owns the buffering. */
export interface FrameCodec {
  readonly framing: Framing;
  /**
   * @param payload a multiple of 4 bytes, at least 4
   * @param options `padding` is for the padded framing alone: 0 to 3 bytes towards a client
   * @throws RangeError for any other length
   */
  encode(payload: Uint8Array, options?: { quickAck?: boolean; padding?: Uint8Array }): Uint8Array;
  encodeQuickAck(token: number): Uint8Array;
  /** Reads what a client sent. */
  decodeUplink(bytes: Uint8Array, maxFrame?: number): FrameReading;
  /** Reads what a server sent. */
  decodeDownlink(bytes: Uint8Array, maxFrame?: number): FrameReading;
}

/** Longest frame from a client, padding included: what Telegram's own proxy takes. */
export const MAX_UPLINK_FRAME = 1_044_480;
/** Longest frame from a server: what TDLib takes, 4 MiB and 1 KiB. */
export const MAX_DOWNLINK_FRAME = 4_195_328;

export const WORD_BYTES = 4;
export const NEED_MORE: FrameReading = { kind: 'need-more' };

export function reject(reason: string): FrameReading {
  return { kind: 'reject', reason };
}

/** Throws unless `payload` is one or more whole words. */
export function checkPayload(payload: Uint8Array): void {
  if (payload.length === 0 || payload.length % WORD_BYTES !== 0)
    throw new RangeError(`payload of ${payload.length} bytes`);
}

/** Throws when padding is given to a framing that has none. */
export function checkUnpadded(padding: Uint8Array | undefined): void {
  if (padding !== undefined) throw new RangeError('only the padded framing has padding');
}
