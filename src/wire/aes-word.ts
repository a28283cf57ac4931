/*
 * AES-256 of one block, of which one 32-bit word is wanted (FIPS 197, with the usual tables for a round's byte substitution and
 * column mixing). All real encryption goes through the runtime's cipher; this is for trying a thousand keys on one header, where
 * making a cipher object for each costs twice the time and leaves as much garbage as keys.
 *
 * Table look-ups are not constant in time. What they could leak is a hash of bytes that the client chose and a secret, used for
 * one block; nothing is sent before the search is over.
 */
const KEY_WORDS = 8;
const ROUNDS = 14;
const COLUMNS = 4;
const SCHEDULE_WORDS = COLUMNS * (ROUNDS + 1);
const LAST_ROUND = COLUMNS * ROUNDS;
const REDUCTION = 0x11b; // x^8 + x^4 + x^3 + x + 1

const substitutions = substitutionBox();
const mix0 = new Int32Array(256); // the column that byte 0 of a column contributes: 2, 1, 1, 3 times its substitution
const mix1 = new Int32Array(256); // the same turned by one byte, for byte 1
const mix2 = new Int32Array(256);
const mix3 = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  const once = substitutions[byte];
  const twice = doubled(once);
  const column = (twice << 24) | (once << 16) | (once << 8) | (twice ^ once);
  mix0[byte] = column;
  mix1[byte] = (column >>> 8) | (column << 24);
  mix2[byte] = (column >>> 16) | (column << 16);
  mix3[byte] = (column >>> 24) | (column << 8);
}

const schedule = new Int32Array(SCHEDULE_WORDS);

/**
 * Encrypts the block of four big-endian words and returns bytes 8 to 12 of the result as one, signed.
 *
 * @param key 32 bytes
 */
export function aesThirdWord(key: Uint8Array, in0: number, in1: number, in2: number, in3: number): number {
  expandKey(key);
  let a = in0 ^ schedule[0];
  let b = in1 ^ schedule[1];
  let c = in2 ^ schedule[2];
  let d = in3 ^ schedule[3];
  for (let at = COLUMNS; at < LAST_ROUND; at += COLUMNS) {
    const a1 = mix0[a >>> 24] ^ mix1[(b >>> 16) & 0xff] ^ mix2[(c >>> 8) & 0xff] ^ mix3[d & 0xff] ^ schedule[at];
    const b1 = mix0[b >>> 24] ^ mix1[(c >>> 16) & 0xff] ^ mix2[(d >>> 8) & 0xff] ^ mix3[a & 0xff] ^ schedule[at + 1];
    const c1 = mix0[c >>> 24] ^ mix1[(d >>> 16) & 0xff] ^ mix2[(a >>> 8) & 0xff] ^ mix3[b & 0xff] ^ schedule[at + 2];
    d = mix0[d >>> 24] ^ mix1[(a >>> 16) & 0xff] ^ mix2[(b >>> 8) & 0xff] ^ mix3[c & 0xff] ^ schedule[at + 3];
    a = a1;
    b = b1;
    c = c1;
  }
  return substituted(c, d, a, b) ^ schedule[LAST_ROUND + 2];
}

function expandKey(key: Uint8Array): void {
  for (let i = 0; i < KEY_WORDS; i++) {
    schedule[i] = (key[4 * i] << 24) | (key[4 * i + 1] << 16) | (key[4 * i + 2] << 8) | key[4 * i + 3];
  }
  let roundConstant = 1;
  for (let i = KEY_WORDS; i < SCHEDULE_WORDS; i++) {
    let word = schedule[i - 1];
    if (i % KEY_WORDS === 0) {
      const turned = (word << 8) | (word >>> 24);
      word = substituted(turned, turned, turned, turned) ^ (roundConstant << 24);
      roundConstant = doubled(roundConstant);
    } else if (i % KEY_WORDS === KEY_WORDS / 2) {
      word = substituted(word, word, word, word);
    }
    schedule[i] = schedule[i - KEY_WORDS] ^ word;
  }
}

/** Substitutes the first byte of `a`, the second of `b`, the third of `c` and the fourth of `d`. */
function substituted(a: number, b: number, c: number, d: number): number {
  return (
    (substitutions[a >>> 24] << 24) |
    (substitutions[(b >>> 16) & 0xff] << 16) |
    (substitutions[(c >>> 8) & 0xff] << 8) |
    substitutions[d & 0xff]
  );
}

/** Multiplies by x in the field of the cipher. */
function doubled(byte: number): number {
  return (byte << 1) ^ (byte & 0x80 ? REDUCTION : 0);
}

/** The box by its definition: the inverse in the field, then an affine map. */
function substitutionBox(): Uint8Array {
  const box = new Uint8Array(256);
  const powers: number[] = []; // of 3, which generates the field
  for (let i = 0, value = 1; i < 255; i++) {
    powers.push(value);
    value = doubled(value) ^ value;
  }
  powers.forEach((value, exponent) => {
    box[value] = affine(powers[(255 - exponent) % 255]);
  });
  box[0] = affine(0);
  return box;
}

function affine(byte: number): number {
  const twice = byte * 0x101; // so that shifting right turns the byte
  return (byte ^ (twice >>> 4) ^ (twice >>> 5) ^ (twice >>> 6) ^ (twice >>> 7) ^ 0x63) & 0xff;
}
