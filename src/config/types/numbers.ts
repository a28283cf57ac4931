import * as v from 'valibot';
import { formatDuration, parseDuration } from '../../kit/duration.ts';
import { formatSize, parseSize } from '../../kit/size.ts';
import { durationHint } from '../hints/duration-hint.ts';
import { limitHint, numberHint, portHint } from '../hints/number-hint.ts';
import { quotaHint, rateHint, saysBits, sizeHint } from '../hints/size-hint.ts';
import { bracketsHint, isNumberText } from '../hints/words.ts';
import { parsed, type ValueType } from '../value-type.ts';

export const MAX_PORT = 65_535;

/** A quota or a rate without a unit, and below this many bytes, was meant in another unit: nothing gets done with so little. */
const MIN_UNITLESS_QUOTA = 100_000;
const MIN_UNITLESS_RATE = 10_000;

const asWholeNumber = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text);

/** A whole number within bounds (both included). @param zero whether 0 means that there is no limit */
export function wholeNumber(min: number, max: number, zero?: 'zero-unlimited'): ValueType<number> {
  const accepts = (number: number): boolean => Number.isInteger(number) && number >= min && number <= max;
  return {
    expected: `a whole number from ${min} to ${max}`,
    suffix: '',
    schema: parsed((raw) => (typeof raw === 'number' && accepts(raw) ? raw : undefined)),
    fromText: asWholeNumber,
    isSecret: false,
    hint: (found) => (zero === undefined ? numberHint : limitHint)(found, accepts),
  };
}

/** A TCP port; 0 stands for "chosen by the system" or "not set", where the key allows it. */
export function port(zero: 'zero-allowed' | 'zero-refused'): ValueType<number> {
  const min = zero === 'zero-allowed' ? 0 : 1;
  const accepts = (number: number): boolean => number >= min && number <= MAX_PORT;
  return {
    ...wholeNumber(min, MAX_PORT),
    expected: `a port from ${min} to ${MAX_PORT}`,
    hint: (found) => portHint(found, accepts),
  };
}

/** One of a few numbers. */
export function oneOfNumbers<const Choice extends number>(...choices: Choice[]): ValueType<Choice> {
  return {
    expected: choices.join(', ').replace(/, (?=[^,]*$)/, ' or '),
    suffix: '',
    schema: v.picklist(choices),
    fromText: asWholeNumber,
    isSecret: false,
    hint: (found) => numberHint(found, (number) => choices.some((choice) => choice === number)),
  };
}

/** A duration within bounds, in milliseconds once read. @param zero whether 0 is allowed too, for no limit */
export function duration(minMs: number, maxMs: number, zero?: 'or-zero'): ValueType<number, 'Ms'> {
  const bounds = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as "90s" or "5m"`;
  const hasZero = zero !== undefined;
  const accepts = (ms: number): boolean => ms >= minMs && ms <= maxMs;
  return {
    expected: hasZero ? `${bounds}, or "0" for no limit` : bounds,
    suffix: 'Ms',
    schema: parsed((raw) => {
      if (hasZero && (raw === 0 || raw === '')) return 0;
      const ms = typeof raw === 'string' ? parseDuration(raw) : null;
      return ms !== null && (accepts(ms) || (hasZero && ms === 0)) ? ms : undefined;
    }),
    fromText: (text) => text,
    isSecret: false,
    hint: (found) => durationHint(found, accepts, hasZero),
  };
}

/** Text like "64KB" or a plain number of bytes, within bounds. */
function readBytes(raw: unknown, min: number, max: number): number | undefined {
  const bytes = typeof raw === 'string' ? parseSize(raw) : raw;
  return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= min && bytes <= max ? bytes : undefined;
}

/** A size in bytes within bounds. */
export function size(min: number, max: number): ValueType<number, 'Bytes'> {
  return {
    expected: `a size from ${formatSize(min)} to ${formatSize(max)}, such as "64KB" or 65536`,
    suffix: 'Bytes',
    schema: parsed((raw) => readBytes(raw, min, max)),
    fromText: (text) => text,
    isSecret: false,
    hint: (found) => bufferHint(found, min, max),
  };
}

/** A number of bytes that is only too big or too small needs no word about units. */
function bufferHint(found: unknown, min: number, max: number): string | null {
  const isNumber = typeof found === 'number' || isNumberText(found);
  if (isNumber && readBytes(`${Number(found)}KB`, min, max) === undefined) return null;
  return sizeHint(found, 'KB');
}

/** An amount of bytes where 0 means no limit. A small number without a unit is asked about. */
export function quota(): ValueType<number, 'Bytes'> {
  return {
    expected: 'a size with its unit such as "50GB", or "0" for no limit',
    suffix: 'Bytes',
    schema: parsed((raw) => readAmount(raw, MIN_UNITLESS_QUOTA)),
    fromText: (text) => text,
    isSecret: false,
    hint: quotaHint,
  };
}

/** Bytes per second where "" or "0" means no limit; "2MB" and "2MB/s" are the same. "2Mb" is not: that could be bits. */
export function rate(): ValueType<number, 'BytesPerSecond'> {
  return {
    expected: 'bytes per second with their unit such as "2MB", or "" for no limit',
    suffix: 'BytesPerSecond',
    schema: parsed((raw) => {
      if (typeof raw !== 'string') return readAmount(raw, MIN_UNITLESS_RATE);
      return saysBits(raw) ? undefined : readAmount(raw.replace(/\/s$/i, ''), MIN_UNITLESS_RATE);
    }),
    fromText: (text) => text,
    isSecret: false,
    hint: rateHint,
  };
}

function readAmount(raw: unknown, minUnitless: number): number | undefined {
  const bytes = readBytes(raw === '' ? 0 : raw, 0, Number.MAX_SAFE_INTEGER);
  const hasUnit = typeof raw === 'string' && !isNumberText(raw);
  return bytes === 0 || hasUnit || (bytes ?? 0) >= minUnitless ? bytes : undefined;
}

/** Socket buffer of the downlink: small ones once more than `sessionsMargin` sessions are open, large ones below that. */
export interface AdaptiveBuffer {
  readonly lowBytes: number;
  readonly sessionsMargin: number;
  readonly highBytes: number;
}

/** [low, sessions margin, high], sizes within bounds and low at most high. */
export function adaptiveBuffer(min: number, max: number, maxSessions: number): ValueType<AdaptiveBuffer> {
  const bytes = parsed((raw) => readBytes(raw, min, max));
  const sizes = `sizes from ${formatSize(min)} to ${formatSize(max)}`;
  return {
    expected: `[low, sessions margin, high] with ${sizes}, low not above high, such as [8192, 20, 65536]`,
    suffix: '',
    schema: v.pipe(
      v.strictTuple([bytes, wholeNumber(0, maxSessions).schema, bytes]),
      v.check(([low, , high]) => low <= high),
      v.transform(([lowBytes, sessionsMargin, highBytes]) => ({ lowBytes, sessionsMargin, highBytes })),
    ),
    fromText: (text) => text.split(',').map((part) => asWholeNumber(part.trim())),
    isSecret: false,
    hint: (found, at) => {
      if (Array.isArray(found)) return at === '' && found.length === 3 ? 'low is above high' : null;
      const isMargin = at === '[1]';
      return bracketsHint(found) ?? (isMargin ? numberHint(found, Number.isInteger) : bufferHint(found, min, max));
    },
  };
}
