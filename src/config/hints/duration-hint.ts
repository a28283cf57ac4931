import { formatDuration } from '../../kit/duration.ts';
import { asksForNone, isNumberText, quoted } from './words.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const PART =
  /(\d+(?:[.,]\d+)?)\s*(ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)/g;
const CLOCK = /^(\d+):(\d{2}):(\d{2})$/;
const ONLY_PARTS = new RegExp(`^\\s*(?:${PART.source}[\\s,]*(?:and\\s+)?)+$`);

/**
 * What a refused duration was most likely meant to be.
 *
 * @param accepts whether milliseconds are within the key's bounds
 * @param hasZero whether 0 means no limit here
 */
export function durationHint(found: unknown, accepts: (ms: number) => boolean, hasZero: boolean): string | null {
  if (asksForNone(found) || found === 0)
    return hasZero ? 'write "0" for no limit' : 'this limit cannot be switched off';
  if (typeof found === 'number' || isNumberText(found)) {
    const ms = Number(found) * (UNITS_MS['s'] ?? 0);
    return `write it with its unit, such as ${quoted(accepts(ms) ? formatDuration(ms) : '90s')}`;
  }
  const ms = typeof found === 'string' ? looseDuration(found.toLowerCase()) : null;
  return ms !== null && accepts(ms) ? `write ${quoted(formatDuration(ms))}` : null;
}

/** Reads "1.5 hours", "5 min", "2 weeks" or "00:05:00". @param text in lower case */
function looseDuration(text: string): number | null {
  const [, hours, minutes, seconds] = CLOCK.exec(text) ?? [];
  if (hours !== undefined) return looseDuration(`${hours}h${minutes}m${seconds}s`);
  if (!ONLY_PARTS.test(text)) return null;
  let total = 0;
  for (const [, count = '', unit = ''] of text.matchAll(PART)) {
    const unitMs = unit.startsWith('ms') || unit.startsWith('mil') ? 1 : (UNITS_MS[unit.slice(0, 1)] ?? 0);
    total += Number(count.replace(',', '.')) * unitMs;
  }
  return Number.isSafeInteger(total) ? total : null;
}
