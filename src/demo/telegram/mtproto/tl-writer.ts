const SHORT_STRING_LIMIT = 254;
const INITIAL_BYTES = 256;
const VECTOR = 0x1cb5c415;

/** Writes TL values, little-endian, into one growing buffer; every method returns the writer. */
export class TlWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** An int, or a constructor number. */
  int(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value >>> 0, true);
    return this;
  }

  long(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value), true);
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** `bytes` with its length in front (1 or 4 bytes), filled with zeros to a multiple of 4. */
  string(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const header =
      bytes.length < SHORT_STRING_LIMIT
        ? [bytes.length]
        : [SHORT_STRING_LIMIT, bytes.length & 255, (bytes.length >> 8) & 255, bytes.length >> 16];
    this.raw(Uint8Array.from(header)).raw(bytes);
    return this.raw(new Uint8Array((4 - ((header.length + bytes.length) % 4)) % 4));
  }

  /** A boxed vector of longs. */
  longs(values: readonly bigint[]): this {
    this.int(VECTOR).int(values.length);
    for (const value of values) this.long(value);
    return this;
  }

  /** Starts a boxed vector; its `count` elements are written next. */
  vector(count: number): this {
    return this.int(VECTOR).int(count);
  }

  /** What was written so far: a view, overwritten by nothing later. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const bigger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }
}
