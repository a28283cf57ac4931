import { equal } from '../../kit/bytes.ts';

/** Length of the block that all test content repeats. */
export const BLOCK_BYTES = 1 << 20;
/** How far one seed shifts the stream against the next: no power of two, so that no two seeds of a run meet. */
const SEED_SHIFT = 4_099;

/** The block twice, so that a view may start anywhere in it. */
const TWICE = repeatBlock();

/**
 * The test stream of `seed` from `offset` on: the same pseudo-random block over and over, begun at a place of its own.
 *
 * @param length at most BLOCK_BYTES
 * @returns a view of memory that everybody shares: not to be modified
 */
export function contentAt(seed: number, offset: number, length: number): Uint8Array {
  if (length > BLOCK_BYTES) throw new RangeError(`content is made in pieces of at most ${BLOCK_BYTES} bytes`);
  const start = (offset + seed * SEED_SHIFT) % BLOCK_BYTES;
  return TWICE.subarray(start, start + length);
}

/** Whether `bytes` are the test stream of `seed` from `offset` on. */
export function isContent(bytes: Uint8Array, seed: number, offset: number): boolean {
  return bytes.length <= BLOCK_BYTES && equal(bytes, contentAt(seed, offset, bytes.length));
}

/** The first 2 MiB of an xorshift32 stream, cut to one block and repeated. */
function repeatBlock(): Uint8Array {
  const words = new Uint32Array(BLOCK_BYTES / 2); // twice the block, 4 bytes a word
  const half = words.length / 2;
  let state = 0x9e3779b9;
  for (let i = 0; i < half; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  words.copyWithin(half, 0, half);
  return new Uint8Array(words.buffer);
}
