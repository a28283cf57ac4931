import type { FrameCodec } from '../../wire/framing/codec.ts';
import { BLOCK_BYTES, contentAt } from './content.ts';
import { BULK_HEADER_BYTES, BULK_OP, type Transfer, writeBulk } from './message.ts';

/** Frames are put together, encrypted and written in batches of about this size. */
const BATCH_BYTES = 128 * 1024;
/** Longest piece of content in one frame: what still fits into the longest frame that proxies take. */
const MAX_PIECE_BYTES = 1_044_480 - 64;

/** Where batches are put together, everybody's: a batch is encrypted into another buffer before the next one begins. */
const scratch = new Uint8Array(BATCH_BYTES + BLOCK_BYTES);

/** Makes the frames of a transfer, as cheaply as it goes: one copy of the content, no memory. */
export class ContentFrames {
  readonly #codec: FrameCodec;
  readonly #tag: number;
  readonly #transfer: Transfer;
  readonly #piece: number;
  readonly #padding: Uint8Array;
  readonly #whole: Uint8Array; // the frame of a whole piece, to copy its first and last bytes from
  readonly #contentOffset: number;
  #sent = 0;

  /** @param padding for the padded framing: goes behind every frame */
  constructor(codec: FrameCodec, tag: number, transfer: Transfer, padding: Uint8Array) {
    this.#codec = codec;
    this.#tag = tag;
    this.#transfer = transfer;
    this.#padding = padding;
    this.#piece = Math.max(1, Math.min(transfer.piece, MAX_PIECE_BYTES));
    const message = writeBulk(BULK_OP.content, tag, contentAt(0, 0, this.#piece));
    this.#whole = this.#frame(message);
    const behind = codec.framing === 'padded' ? padding.length : 0;
    this.#contentOffset = this.#whole.length - behind - message.length + BULK_HEADER_BYTES;
  }

  /** Content bytes handed out so far. */
  get sent(): number {
    return this.#sent;
  }

  /** @returns the next frames in one piece, valid until the next call on any transfer; empty when all is sent */
  next(): Uint8Array {
    let at = 0;
    while (at < BATCH_BYTES && this.#sent < this.#transfer.total) at += this.#write(at);
    return scratch.subarray(0, at);
  }

  #write(at: number): number {
    const length = Math.min(this.#piece, this.#transfer.total - this.#sent);
    const content = contentAt(this.#transfer.seed, this.#sent, length);
    this.#sent += length;
    return length === this.#piece ? this.#writeWhole(content, at) : this.#writeLast(content, at);
  }

  #writeWhole(content: Uint8Array, at: number): number {
    const end = this.#contentOffset + content.length;
    scratch.set(this.#whole.subarray(0, this.#contentOffset), at);
    scratch.set(content, at + this.#contentOffset);
    scratch.set(this.#whole.subarray(end), at + end);
    return this.#whole.length;
  }

  /** A shorter frame may have a shorter header too. */
  #writeLast(content: Uint8Array, at: number): number {
    const frame = this.#frame(writeBulk(BULK_OP.content, this.#tag, content));
    scratch.set(frame, at);
    return frame.length;
  }

  #frame(message: Uint8Array): Uint8Array {
    return this.#codec.encode(message, this.#codec.framing === 'padded' ? { padding: this.#padding } : {});
  }
}
