import * as v from 'valibot';
import { formatDuration, parseDuration } from '../../kit/duration.ts';
import { formatSize, parseSize } from '../../kit/size.ts';
import { textType, type ValueType } from '../value-type.ts';

export const MAX_PORT = 65_535;

const asWholeNumber = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text);

/** A whole number within bounds (both included). */
export function wholeNumber(min: number, max: number): ValueType<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    suffix: '',
    schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    fromText: asWholeNumber,
    isSecret: false,
  };
}

/** A TCP port; 0 stands for "chosen by the system" or "not set", where the key allows it. */
export function port(zero: 'zero-allowed' | 'zero-refused'): ValueType<number> {
  const min = zero === 'zero-allowed' ? 0 : 1;
  return { ...wholeNumber(min, MAX_PORT), expected: `a port from ${min} to ${MAX_PORT}` };
}

/** One of a few numbers. */
export function oneOfNumbers<const Choice extends number>(...choices: Choice[]): ValueType<Choice> {
  return {
    expected: choices.join(', ').replace(/, (?=[^,]*$)/, ' or '),
    suffix: '',
    schema: v.picklist(choices),
    fromText: asWholeNumber,
    isSecret: false,
  };
}

/** A duration within bounds, in milliseconds once read. */
export function duration(minMs: number, maxMs: number, zero?: 'or-zero'): ValueType<number, 'Ms'> {
  const bounds = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as "90s" or "5m"`;
  const parse = (text: string): number | null => {
    const ms = parseDuration(text);
    if (ms === 0 && zero === 'or-zero') return 0;
    return ms !== null && ms >= minMs && ms <= maxMs ? ms : null;
  };
  return textType(zero === undefined ? bounds : `"0" or ${bounds}`, parse, { suffix: 'Ms' });
}

/** Text like "64KB" or a plain number of bytes within bounds. */
function bytesSchema(min: number, max: number): v.GenericSchema<unknown, number> {
  return v.pipe(
    v.union([v.pipe(v.string(), v.transform(parseSize)), v.number()]),
    v.number(),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  );
}

/** A size in bytes within bounds. */
export function size(min: number, max: number): ValueType<number, 'Bytes'> {
  return {
    expected: `a size from ${formatSize(min)} to ${formatSize(max)}, such as "64KB" or 65536`,
    suffix: 'Bytes',
    schema: bytesSchema(min, max),
    fromText: (text) => text,
    isSecret: false,
  };
}

/** An amount of bytes where 0 means no limit. */
export function quota(): ValueType<number, 'Bytes'> {
  return {
    expected: 'a size such as "50GB", or "0" for no limit',
    suffix: 'Bytes',
    schema: v.pipe(emptyIsZero, bytesSchema(0, Number.MAX_SAFE_INTEGER)),
    fromText: (text) => text,
    isSecret: false,
  };
}

/** Bytes per second where "" or "0" means no limit; "2MB" and "2MB/s" are the same. */
export function rate(): ValueType<number, 'BytesPerSecond'> {
  const withoutUnit = v.transform((raw: unknown) => (typeof raw === 'string' ? raw.replace(/\/s$/, '') : raw));
  return {
    expected: 'bytes per second such as "2MB", or "" for no limit',
    suffix: 'BytesPerSecond',
    schema: v.pipe(emptyIsZero, withoutUnit, bytesSchema(0, Number.MAX_SAFE_INTEGER)),
    fromText: (text) => text,
    isSecret: false,
  };
}

const emptyIsZero = v.pipe(
  v.unknown(),
  v.transform((raw) => (raw === '' ? 0 : raw)),
);

/** Socket buffer of the downlink: small ones once more than `sessionsMargin` sessions are open, large ones below that. */
export interface AdaptiveBuffer {
  readonly lowBytes: number;
  readonly sessionsMargin: number;
  readonly highBytes: number;
}

/** [low, sessions margin, high], sizes within bounds and low at most high. */
export function adaptiveBuffer(min: number, max: number, maxSessions: number): ValueType<AdaptiveBuffer> {
  const margin = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(maxSessions));
  const sizes = `sizes from ${formatSize(min)} to ${formatSize(max)}`;
  return {
    expected: `[low, sessions margin, high] with ${sizes}, low not above high, such as [8192, 20, 65536]`,
    suffix: '',
    schema: v.pipe(
      v.strictTuple([bytesSchema(min, max), margin, bytesSchema(min, max)]),
      v.check(([low, , high]) => low <= high),
      v.transform(([lowBytes, sessionsMargin, highBytes]) => ({ lowBytes, sessionsMargin, highBytes })),
    ),
    fromText: (text) => text.split(',').map((part) => asWholeNumber(part.trim())),
    isSecret: false,
  };
}
