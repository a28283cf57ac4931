import { u16be } from '../octets.ts';

/** Reads the length-prefixed fields of a TLS message; past the end it fails quietly and yields zeros and empty views. */
export class FieldReader {
  /** Set for good by the first read past the end. */
  failed = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Nothing left to read, or no use in reading on. */
  get done(): boolean {
    return this.failed || this.#at === this.#bytes.length;
  }

  u8(): number {
    const at = this.#advance(1);
    return this.failed ? 0 : this.#bytes[at];
  }

  u16(): number {
    const at = this.#advance(2);
    return this.failed ? 0 : u16be(this.#bytes, at);
  }

  /** A view of the next `length` bytes. */
  view(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.failed ? this.#bytes.subarray(0, 0) : this.#bytes.subarray(at, at + length);
  }

  /** A view whose length stands before it in one byte. */
  vector8(): Uint8Array {
    return this.view(this.u8());
  }

  /** A view whose length stands before it in two bytes. */
  vector16(): Uint8Array {
    return this.view(this.u16());
  }

  #advance(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) this.failed = true;
    else this.#at = at + length;
    return at;
  }
}
