import { dateHint } from '../hints/date-hint.ts';
import { parsed, type ValueType } from '../value-type.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;
const LAST_MILLISECOND = 'T23:59:59.999Z';

/** The moment after which something ends: a day counts to its end in UTC; "" (null) means never. */
export function expiry(): ValueType<number | null, 'AtMs'> {
  const read = (text: string): number | null | undefined => (isNever(text) ? null : (parseMoment(text) ?? undefined));
  return {
    expected: 'a day such as "2026-12-31", a time such as "2026-12-31T18:00:00Z", or "" for never',
    suffix: 'AtMs',
    schema: parsed((raw) => (typeof raw === 'string' ? read(raw) : raw === 0 ? null : undefined)),
    fromText: (text) => text,
    isSecret: false,
    hint: (found) => dateHint(found, (text) => parseMoment(text) !== null),
  };
}

function isNever(text: string): boolean {
  return text === '' || text === '0';
}

/** Milliseconds since 1970 of a day's end or of an RFC 3339 time; null when it is neither or does not exist. */
export function parseMoment(text: string): number | null {
  if (!isCalendarDay(text.slice(0, 'yyyy-mm-dd'.length))) return null;
  if (DAY.test(text)) return Date.parse(`${text}${LAST_MILLISECOND}`);
  if (!RFC_3339.test(text)) return null;
  const ms = Date.parse(text.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(ms) ? null : ms;
}

/** Date.parse would move the 31st of February to March. */
function isCalendarDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
