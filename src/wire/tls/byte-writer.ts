import type { RandomFill } from '../../kit/bytes.ts';
import { putU16be } from '../octets.ts';

const FIRST_BYTES = 2048; // a hello of today's clients fits

/** Writes a TLS message field by field; a length is filled in when its content has been written. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** @param scratch what is written over first, whatever is in it; more may be written than it holds */
  constructor(scratch = new Uint8Array(FIRST_BYTES)) {
    this.#bytes = scratch;
  }

  get length(): number {
    return this.#at;
  }

  u8(value: number): this {
    const at = this.#advance(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#advance(2);
    putU16be(this.#bytes, at, value);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#advance(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#advance(count);
    this.#bytes.fill(0, at, this.#at);
    return this;
  }

  random(count: number, fill: RandomFill): this {
    const at = this.#advance(count);
    fill(this.#bytes.subarray(at, this.#at));
    return this;
  }

  /** Writes what `content` writes, its length before it in one byte. */
  vector8(content: () => void): this {
    return this.#vector(1, content);
  }

  vector16(content: () => void): this {
    return this.#vector(2, content);
  }

  vector24(content: () => void): this {
    return this.#vector(3, content);
  }

  /** The bytes written, a view of the scratch where they fit into it; the writer is spent. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #vector(lengthBytes: number, content: () => void): this {
    const at = this.#advance(lengthBytes);
    content();
    let length = this.#at - at - lengthBytes;
    for (let i = lengthBytes - 1; i >= 0; i--) {
      this.#bytes[at + i] = length;
      length >>>= 8;
    }
    return this;
  }

  #advance(count: number): number {
    const at = this.#at;
    this.#at = at + count;
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }
}
