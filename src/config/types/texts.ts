import { resolve } from 'node:path';
import * as v from 'valibot';
import { meantBy } from '../../kit/closest.ts';
import { bracketsHint, isInQuotes, quoted } from '../hints/words.ts';
import { readValue, textType, type ValueType } from '../value-type.ts';

const TRUE_WORDS = ['true', 'yes', 'on', '1'];
const FALSE_WORDS = ['false', 'no', 'off', '0'];
const YES_LIKE = /^(?:true|yes|on|1|y|t|enabled?)$/;
const NO_LIKE = /^(?:false|no|off|0|n|f|disabled?|none)$/;
const MAX_PATH_BYTES = 4_096; // PATH_MAX of Linux
const SHELL_PATH = /^~|\$[\w{(]/; // what a shell would have replaced

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
    hint: yesNoHint,
  };
}

function yesNoHint(found: unknown): string | null {
  const word = String(found).trim().toLowerCase();
  const manner = typeof found === 'string' ? ', without quotes' : '';
  if (YES_LIKE.test(word)) return `write true${manner}`;
  return NO_LIKE.test(word) ? `write false${manner}` : null;
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
    hint: (found) => {
      const near = typeof found === 'string' ? meantBy(found.trim().toLowerCase(), choices) : null;
      return near === null ? null : `did you mean ${quoted(near)}?`;
    },
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
    hint: (found, at) => severalHint(found, item) ?? item.hint?.(found, at) ?? bracketsHint(found),
  };
}

/** For one text that holds several values. */
function severalHint(found: unknown, item: ValueType<unknown, string>): string | null {
  const parts = typeof found === 'string' ? found.split(/[,;\s]+/).filter((part) => part !== '') : [];
  if (parts.length < 2 || parts.some((part) => readValue(item, part).kind === 'reject')) return null;
  return `write a list: [${parts.map(quoted).join(', ')}] (in a variable: ${parts.join(',')})`;
}

/** A path, not empty; `isFilePath` keys are made absolute by the loader. */
export function path(): ValueType<string> {
  const parse = (text: string): string | undefined => (text !== '' && isPath(text) ? text : undefined);
  return textType('a path', parse, { suffix: '', hint: pathHint });
}

/** A path, or "" for none. */
export function pathOrNone(): ValueType<string> {
  const parse = (text: string): string | undefined => (isPath(text) ? text : undefined);
  return textType('a path, or "" for none', parse, { suffix: '', hint: pathHint });
}

function isPath(text: string): boolean {
  return text.length <= MAX_PATH_BYTES && !text.includes('\0') && !SHELL_PATH.test(text) && !isInQuotes(text);
}

function pathHint(found: unknown): string | null {
  if (typeof found !== 'string' || !SHELL_PATH.test(found)) return null;
  return 'nothing is expanded here, neither "~" nor variables: write the path in full';
}

/** Makes a path absolute: relative ones are relative to the working directory. */
export function absolutePath(cwd: string, text: string): string {
  return text === '' ? '' : resolve(cwd, text);
}

/** An http or https address. */
export function webAddress(): ValueType<string> {
  const parse = (text: string): string | undefined => {
    const url = URL.parse(text);
    return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? text : undefined;
  };
  return textType('an address starting with https:// or http://', parse, { suffix: '' });
}
