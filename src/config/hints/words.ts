/** Words by which people ask for no limit. */
const NO_LIMIT = /^(?:0|-1|no|none|off|never|false|unlimited|infinite|infinity|inf|disabled?|no[ -]?limit)?$/i;
const WHOLE_NUMBER = /^\s*[+-]?\d+\s*$/;

/** Whether a value, of whatever type, most likely asks for no limit or for nothing. */
export function asksForNone(found: unknown): boolean {
  if (found === false || found === -1 || found === Number.POSITIVE_INFINITY) return true;
  return typeof found === 'string' && NO_LIMIT.test(found.trim());
}

/** Whether a text holds a whole number and nothing else. */
export function isNumberText(found: unknown): found is string {
  return typeof found === 'string' && WHOLE_NUMBER.test(found);
}

/** A text as it is written in TOML. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** For lists in variables, where people write the brackets of other languages. */
export function bracketsHint(found: unknown): string | null {
  const isBracketed = typeof found === 'string' && (/^[[({]/.test(found) || /[\])}]$/.test(found));
  return isBracketed
    ? 'in a variable or a flag the values stand without brackets and quotes, with commas between them'
    : null;
}

const QUOTES = /^(?:(["'`]).*\1|[\u2018-\u201f\u00ab].*[\u2018-\u201f\u00bb])$/s;

/** Whether a text carries its quotes with it, as container engines hand on those of an env file. */
export function isInQuotes(text: string): boolean {
  return QUOTES.test(text);
}

/** For whatever a person may write at any key. */
export function commonHint(found: unknown): string | null {
  if (typeof found !== 'string') return null;
  if (isInQuotes(found)) return 'the quotes are part of the value: leave them out';
  return found === found.trim() ? null : 'leave out the blanks around it';
}
