const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+)(ms|s|m|h|d)/g;
const DURATION = /^(?:\d+(?:ms|s|m|h|d))+$/;

/**
 * Reads a duration such as "500ms", "90s", "5m", "24h" or "1h30m"; a bare number is accepted only when it is zero.
 *
 * @returns milliseconds, or null when the text is no duration or too long to count
 */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(PART)) total += Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  return Number.isSafeInteger(total) ? total : null;
}

/** Writes milliseconds in the largest unit that divides them: 300000 is "5m". */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
