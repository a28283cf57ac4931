const LONG_STRING_MARK = 254;
const EMPTY = new Uint8Array(0);

/**
 * Reads TL values, little-endian.
 *
 * A read past the end yields zero or empty bytes and sets `isShort`, which the caller looks at once when it has read
 * all that it needs: no exception, and no check after every field.
 */
export class TlReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #short = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** True once a read went past the end: what was read since then is filler. */
  get isShort(): boolean {
    return this.#short;
  }

  get consumed(): number {
    return this.#at;
  }

  int(): number {
    return this.#has(4) ? this.#view.getUint32(this.#advance(4), true) : 0;
  }

  long(): bigint {
    return this.#has(8) ? this.#view.getBigUint64(this.#advance(8), true) : 0n;
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    if (!this.#has(length)) return EMPTY;
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of the bytes of a TL string. */
  string(): Uint8Array {
    const first = this.raw(1)[0] ?? 0;
    const isLong = first >= LONG_STRING_MARK;
    const length = isLong ? this.#longLength() : first;
    const bytes = this.raw(length);
    this.raw((4 - (((isLong ? 4 : 1) + length) % 4)) % 4);
    return bytes;
  }

  /** A boxed vector of longs. */
  longs(): bigint[] {
    this.int();
    const count = this.int();
    const values: bigint[] = [];
    for (let i = 0; i < count && !this.#short; i++) values.push(this.long());
    return values;
  }

  /** A view of everything not read yet. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  #longLength(): number {
    const bytes = this.raw(3);
    return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
  }

  #has(length: number): boolean {
    if (!this.#short && this.#at + length <= this.#bytes.length) return true;
    this.#short = true;
    return false;
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
