import { concat } from '../kit/bytes.ts';
import type { FrameReading } from '../wire/framing/codec.ts';

const NOTHING = new Uint8Array(0);

/** How much of a chunk is joined to the beginning of a frame at first: as long as most frames are. */
const FIRST_TAKE_BYTES = 32 * 1024;

export type WholeFrame = Exclude<FrameReading, { kind: 'need-more' } | { kind: 'reject' }>;

/** Cuts a decrypted stream into frames, wherever its chunks end. */
export class FrameAssembler {
  readonly #decode: (bytes: Uint8Array) => FrameReading;
  #rest: Uint8Array = NOTHING;

  constructor(decode: (bytes: Uint8Array) => FrameReading) {
    this.#decode = decode;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @param onFrame called with each whole frame; its payload is a view of `bytes` or of a copy that is not reused
   * @returns why the stream is not one of frames, or null
   */
  push(bytes: Uint8Array, onFrame: (frame: WholeFrame) => void): string | null {
    let left = bytes;
    if (this.#rest.length > 0) {
      const start = this.#finishFrame(bytes, onFrame);
      if (typeof start === 'string') return start;
      left = bytes.subarray(start);
    }
    while (left.length > 0) {
      const reading = this.#decode(left);
      if (reading.kind === 'reject') return reading.reason;
      if (reading.kind === 'need-more') break;
      left = left.subarray(reading.consumed);
      onFrame(reading);
    }
    this.#rest = this.#rest.length > 0 ? this.#rest : left;
    return null;
  }

  /**
   * Completes the frame that began before `bytes`; little more than that frame is copied.
   *
   * @returns where in `bytes` the next frame starts, or why the stream is refused
   */
  #finishFrame(bytes: Uint8Array, onFrame: (frame: WholeFrame) => void): number | string {
    const before = this.#rest.length;
    for (let taken = FIRST_TAKE_BYTES; ; taken *= 4) {
      const joined = concat(this.#rest.subarray(0, before), bytes.subarray(0, taken));
      const reading = this.#decode(joined);
      if (reading.kind === 'reject') return reading.reason;
      if (reading.kind !== 'need-more') {
        this.#rest = NOTHING;
        onFrame(reading);
        return reading.consumed - before;
      }
      if (taken < bytes.length) continue;
      this.#rest = joined;
      return bytes.length;
    }
  }
}
