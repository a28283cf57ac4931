/** Yields fresh random bytes; passed in, so that a codec's output is a function of its arguments. */
export type Random = (length: number) => Uint8Array;

/** Overwrites bytes with fresh random ones. */
export type RandomFill = (bytes: Uint8Array) => void;

/** Joins byte arrays into one copy. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Lower-case hexadecimal text of `bytes`. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Bytes of hexadecimal text; stops at the first character that is not a digit, as Buffer does. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** One character a byte: a compact map key. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Plain comparison, for bytes that are no secret. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
