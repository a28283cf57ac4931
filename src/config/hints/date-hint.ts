import { asksForNone, quoted } from './words.ts';

const SECONDS_FROM = 946_684_800; // 2000-01-01
const SECONDS_TO = 4_102_444_800; // 2100-01-01
const YEAR_FIRST = /^(\d{4})[-/.\s](\d{1,2})[-/.\s](\d{1,2})$/;
const YEAR_LAST = /^(\d{1,2})([-/.\s])(\d{1,2})[-/.\s](\d{4})$/;
const YEAR_DIGITS = /^(20\d{2})(\d{2})(\d{2})$/;
const DAY_AND_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2}| ?UTC)?$/i;
const SPAN = /^\d+\s*[a-z]+$/i;

/** What a refused day or time was most likely meant to be. @param accepts whether a text is one that is read */
export function dateHint(found: unknown, accepts: (text: string) => boolean): string | null {
  if (asksForNone(found)) return 'write "" for never';
  if (typeof found === 'number') return unixTimeHint(found);
  if (typeof found !== 'string') return null;
  const likely = [...daysMeantBy(found), ...timesMeantBy(found)];
  const [first, second] = likely.filter(accepts);
  if (first !== undefined) return `write ${quoted(first)}${second === undefined ? '' : ` or ${quoted(second)}`}`;
  if (likely.length > 0) return 'there is no such day';
  return SPAN.test(found) ? 'write the day itself' : null;
}

function unixTimeHint(found: number): string | null {
  const seconds = found > SECONDS_TO ? found / 1_000 : found;
  if (seconds < SECONDS_FROM || seconds > SECONDS_TO) return null;
  return `write ${quoted(new Date(seconds * 1_000).toISOString().replace(/\.\d+/, ''))}`;
}

/** Both readings of 03/04/2026, one of 31.12.2026. */
function daysMeantBy(text: string): string[] {
  const first = YEAR_FIRST.exec(text) ?? YEAR_DIGITS.exec(text);
  if (first !== null) return [day(first[1], first[2], first[3])];
  const [, one, separator, two, year] = YEAR_LAST.exec(text) ?? [];
  if (year === undefined) return [];
  const days = [day(year, two, one)];
  return separator === '.' || one === two ? days : [...days, day(year, one, two)]; // with dots the day always comes first
}

function day(year = '', month = '', dayOfMonth = ''): string {
  return `${year}-${month.padStart(2, '0')}-${dayOfMonth.padStart(2, '0')}`;
}

/** A time without its zone or its seconds. */
function timesMeantBy(text: string): string[] {
  const [, date, minutes, seconds = ':00', zone = 'Z'] = DAY_AND_TIME.exec(text) ?? [];
  if (date === undefined) return [];
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(...)(\d\d)$/, '$1:$2') : 'Z';
  return [`${date}T${minutes}${seconds}${offset}`];
}
