import { u16be } from '../octets.ts';

/** Reads the length-prefixed fields of a TLS message; past the end it fails quietly and yields zeros and empty views. */
export class FieldReader {
  /** Set for good by the first read past the end. */
  failed = false;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Nothing left to read, or no use in reading on. */
  get done(): boolean {
    return this.failed || this.#at === this.#end;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#end - this.#at;
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

  /** The fields inside a vector whose length stands before it in one byte. */
  fields8(): FieldReader {
    return this.#fields(this.u8());
  }

  /** The fields inside a vector whose length stands before it in two bytes. */
  fields16(): FieldReader {
    return this.#fields(this.u16());
  }

  #fields(length: number): FieldReader {
    const at = this.#advance(length);
    return this.failed ? new FieldReader(this.#bytes, 0, 0) : new FieldReader(this.#bytes, at, at + length);
  }

  #advance(length: number): number {
    const at = this.#at;
    if (at + length > this.#end) this.failed = true;
    else this.#at = at + length;
    return at;
  }
}
