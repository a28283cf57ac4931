import * as v from 'valibot';
import { textType, type ValueType } from '../value-type.ts';

const OCTAL_MODE = /^0?[0-7]{3}$/;
/** To connect to a Unix socket is to write to it. */
const ANY_WRITE_BIT = 0o222;
/** Names as useradd takes them, and those with dots and capitals that other systems make. */
const GROUP_NAME = /^[a-z_][a-z0-9_.-]{0,31}\$?$/i;
const MAX_GROUP_ID = 4_294_967_294; // the last one means "none" to the kernel

/** The mode of a socket's file, in octal digits; the number once read. */
export function fileMode(): ValueType<number> {
  return {
    expected: 'an octal mode in quotes, such as "0660"',
    suffix: '',
    schema: v.pipe(
      v.unknown(),
      v.rawTransform<unknown, number>(({ dataset: { value }, addIssue, NEVER }) => {
        const reading = readMode(value);
        if (typeof reading === 'number') return reading;
        addIssue({ message: reading });
        return NEVER;
      }),
    ),
    fromText: (text) => text,
    isSecret: false,
  };
}

/** @returns the mode, or why it is none; "" when there is no more to say than what is expected */
function readMode(raw: unknown): number | string {
  if (typeof raw === 'number') return `expected an octal mode in quotes, such as "0660"; found ${raw}${meant(raw)}`;
  if (typeof raw !== 'string') return '';
  if (/^0o[0-7]{3}$/.test(raw)) return `expected an octal mode such as "0660"; write "0${raw.slice(2)}" for "${raw}"`;
  if (!OCTAL_MODE.test(raw)) return '';
  const mode = Number.parseInt(raw, 8);
  return (mode & ANY_WRITE_BIT) === 0
    ? `nobody could connect with "${raw}": to connect takes the right to write`
    : mode;
}

/** A number was written as octal (0o660 is 432) or in the digits that were meant (660, which would be 01224). */
function meant(found: number): string {
  const digits = [found.toString(8), String(found)].find((text) => OCTAL_MODE.test(text));
  return digits === undefined ? '' : `: write "${digits.padStart(4, '0')}"`;
}

/** A group of this system, or "" for none. */
export function groupOrNone(): ValueType<string> {
  const isGroup = (text: string) =>
    /^\d+$/.test(text) ? Number(text) <= MAX_GROUP_ID : text === '' || GROUP_NAME.test(text);
  return textType(
    'the name or number of a group, such as "www-data" or "33", or "" for none',
    (text) => (isGroup(text) ? text : undefined),
    {
      suffix: '',
    },
  );
}
