import { parseSize } from '../../kit/size.ts';
import { asksForNone, isNumberText, quoted } from './words.ts';

const PER_SECOND = /\s*(?:\/|per|p)\s*s(?:ec(?:ond)?s?)?$/i;
const PER_PERIOD = /\s*(?:\/|per)\s*(?:d(?:ay)?|w(?:eek)?|m(?:onth)?|y(?:ear)?)s?$/i;
const IN_BITS = /^(\d+(?:[.,]\d+)?)\s*([kmgt]?)i?\s*(bits?|b)$/i;
const SMALL_B = /[KMGT]i?b$/; // "10Mb": networks are sold so
const BITS_PER_SECOND = /b(?:its?)?\s*ps$/; // with a small b, as in "10mbps"
const WORDS: readonly [RegExp, string][] = [
  [/\s*kilobytes?$/i, 'KB'],
  [/\s*megabytes?$/i, 'MB'],
  [/\s*gigabytes?$/i, 'GB'],
  [/\s*terabytes?$/i, 'TB'],
  [/\s*bytes?$/i, 'B'],
];
const BITS_A_BYTE = 8;

/**
 * What a refused size or rate was most likely meant to be.
 *
 * @param unit what a number without a unit was most likely counted in here, such as "GB"
 */
export function sizeHint(found: unknown, unit: string): string | null {
  if (typeof found === 'number' || isNumberText(found)) return numberWithoutUnit(Number(found), unit);
  if (typeof found !== 'string') return null;
  return bitsHint(found) ?? writtenOtherwise(found.replace(PER_SECOND, ''), found);
}

/** For amounts where 0 means no limit. */
export function quotaHint(found: unknown): string | null {
  if (asksForNone(found)) return 'write "0" for no limit';
  const amount = typeof found === 'string' ? found.replace(PER_PERIOD, '') : found;
  if (amount === found || typeof amount !== 'string') return sizeHint(found, 'GB');
  return `a quota has no period; ${writtenOtherwise(amount, found) ?? 'write the size alone'}`;
}

/** For sizes a second where 0 means no limit. */
export function rateHint(found: unknown): string | null {
  return asksForNone(found) ? 'write "" for no limit' : sizeHint(found, 'MB');
}

/** Whether a text says bits: "10Mbit", "10 Mbit/s", "10Mbps", and "10Mb" with a small b. */
export function saysBits(text: string): boolean {
  const bare = text.replace(PER_SECOND, '');
  return IN_BITS.test(bare) && (/bits?$/i.test(bare) || SMALL_B.test(bare) || BITS_PER_SECOND.test(text));
}

function numberWithoutUnit(count: number, unit: string): string | null {
  if (!(count > 0) || !Number.isFinite(count)) return null;
  const inBytes = Number.isInteger(count) ? `${count} would be bytes: ` : '';
  return `${inBytes}write it with its unit, such as ${quoted(`${count}${unit}`)}`;
}

function bitsHint(text: string): string | null {
  if (!saysBits(text)) return null;
  const [, count = '', letter = ''] = IN_BITS.exec(text.replace(PER_SECOND, '')) ?? [];
  const bytes = Number(count.replace(',', '.')) / BITS_A_BYTE;
  return `that would be bits: write bytes, ${quoted(`${bytes}${letter.toUpperCase()}B`)}`;
}

function writtenOtherwise(text: string, found: unknown): string | null {
  const [words, letters] = WORDS.find(([pattern]) => pattern.test(text)) ?? [/$/, ''];
  const likely = text.replace(words, letters).replace(',', '.').replace(/\s+/g, '').replace(/^\./, '0.');
  return likely !== found && parseSize(likely) !== null ? `write ${quoted(likely)}` : null;
}
