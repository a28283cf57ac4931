const LOW_NIBBLES = 0x0f0f;
const GREASE_NIBBLES = 0x0a0a;

/** Tells whether a 16-bit code is one of the sixteen that clients mix in to keep servers tolerant: 0a0a, 1a1a, ... fafa. */
export function isGrease(code: number): boolean {
  return (code & LOW_NIBBLES) === GREASE_NIBBLES && code >>> 8 === (code & 0xff);
}
