import type { Random } from '../../kit/bytes.ts';

/** Of these letters alone no top-level domain is made, nor will one: a name of them is served by nobody. */
const LETTERS = 'qxzj';
const DOT = 0x2e;

/** A name of the same length and with the same dots that no server knows. */
export function unknownNameLike(name: string, random: Random): string {
  const noise = random(name.length);
  return Array.from(name, (letter, index) => (letter === '.' ? letter : unlike(letter, noise[index] ?? 0))).join('');
}

/**
 * Makes part of a name unknown where it stands.
 * @param bytes changed
 * @param offsets of the part of the name that may be changed
 */
export function blurName(bytes: Uint8Array, offsets: readonly number[], random: Random): void {
  const noise = random(offsets.length);
  for (const [index, at] of offsets.entries()) {
    const byte = bytes[at] ?? DOT;
    if (byte !== DOT) bytes[at] = unlike(String.fromCharCode(byte), noise[index] ?? 0).charCodeAt(0);
  }
}

/** A letter that is another one. */
function unlike(letter: string, noise: number): string {
  const others = LETTERS.replace(letter.toLowerCase(), '');
  return others.charAt(noise % others.length);
}
