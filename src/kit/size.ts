const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
const STEP = 1_024;
const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([KMGT])i?)?B?$/i;

/**
 * Reads a size such as "64KB", "1.5GB", "10 GiB" or "4096", letters in any case. 1 KB is 1,024 bytes, and so is 1 KiB.
 *
 * @returns whole bytes, or null when the text is no size or too large to count
 */
export function parseSize(text: string): number | null {
  const match = SIZE.exec(text);
  if (match === null) return null;
  const [, number = '', letter = 'B'] = match;
  const power = 'BKMGT'.indexOf(letter.toUpperCase());
  if (power === 0 && number.includes('.')) return null;
  const bytes = Math.round(Number(number) * STEP ** power);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Writes bytes in the largest unit that divides them: 65536 is "64KB". */
export function formatSize(bytes: number): string {
  let count = bytes;
  let power = 0;
  while (count !== 0 && count % STEP === 0 && power < UNITS.length - 1) {
    count /= STEP;
    power += 1;
  }
  return `${count}${UNITS[power]}`;
}
