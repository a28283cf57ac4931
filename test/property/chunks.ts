import fc from 'fast-check';

/** Cuts `bytes` at the given places (any numbers; taken modulo its length) and returns the pieces in order. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const end of ends) {
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}

/** Where to cut a stream. */
export const places = fc.array(fc.nat(100_000), { maxLength: 12 });

/** Bytes of up to `maxLength`. */
export function bytesUpTo(maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength, size: 'max' });
}

/** Bytes that start like something real, so that parsers get past their first checks, and go wrong later. */
export function damaged(original: Uint8Array): fc.Arbitrary<Uint8Array> {
  const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  return fc.tuple(damage, fc.nat(original.length), bytesUpTo(16)).map(([changes, length, tail]) => {
    const bytes = new Uint8Array(length + tail.length);
    bytes.set(original.subarray(0, length));
    bytes.set(tail, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
}
