import { resolve } from 'node:path';
import * as v from 'valibot';
import { textType, type ValueType } from '../value-type.ts';

const TRUE_WORDS = ['true', 'yes', 'on', '1'];
const FALSE_WORDS = ['false', 'no', 'off', '0'];
const MAX_PATH_BYTES = 4_096; // PATH_MAX of Linux

/** true or false; variables may also say yes/no, on/off, 1/0. */
export function yesNo(): ValueType<boolean> {
  return {
    expected: 'true or false',
    suffix: '',
    schema: v.boolean(),
    fromText: (text) => {
      const word = text.toLowerCase();
      if (TRUE_WORDS.includes(word)) return true;
      return FALSE_WORDS.includes(word) ? false : text;
    },
    isSecret: false,
  };
}

/** One of a few words. */
export function oneOf<const Choice extends string>(...choices: Choice[]): ValueType<Choice> {
  return {
    expected: choices
      .map((choice) => `"${choice}"`)
      .join(', ')
      .replace(/, (?=[^,]*$)/, ' or '),
    suffix: '',
    schema: v.picklist(choices),
    fromText: (text) => text,
    isSecret: false,
  };
}

/** A list of values; a single value stands for a list of one, variables separate them by commas. */
export function listOf<T, Suffix extends string>(
  item: ValueType<T>,
  bounds: { min: number; max: number; suffix: Suffix },
): ValueType<readonly T[], Suffix> {
  return {
    expected: `${item.expected}, or a list of ${bounds.min} to ${bounds.max} of them`,
    expectedInside: item.expected,
    suffix: bounds.suffix,
    schema: v.pipe(
      v.unknown(),
      v.transform((raw) => (Array.isArray(raw) ? raw : [raw])),
      v.pipe(v.array(item.schema), v.minLength(bounds.min), v.maxLength(bounds.max)),
    ),
    fromText: (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    isSecret: item.isSecret,
  };
}

/** A path, not empty; `isFilePath` keys are made absolute by the loader. */
export function path(): ValueType<string> {
  return textType('a path', (text) => (text !== '' && isPath(text) ? text : null), { suffix: '' });
}

/** A path, or "" for none. */
export function pathOrNone(): ValueType<string> {
  return textType('a path, or "" for none', (text) => (isPath(text) ? text : null), { suffix: '' });
}

function isPath(text: string): boolean {
  return text.length <= MAX_PATH_BYTES && !text.includes('\0');
}

/** Makes a path absolute: relative ones are relative to the working directory. */
export function absolutePath(cwd: string, text: string): string {
  return text === '' ? '' : resolve(cwd, text);
}

/** An http or https address. */
export function webAddress(): ValueType<string> {
  const parse = (text: string): string | null => {
    const url = URL.parse(text);
    return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? text : null;
  };
  return textType('an address starting with https:// or http://', parse, { suffix: '' });
}
