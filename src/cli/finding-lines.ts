import type { Finding, Verdict } from '../kit/finding.ts';
import { printable } from '../kit/printable.ts';
import { type BannerStyle, wrap } from './banner.ts';

const MARKS: Record<Verdict, string> = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' };
const COLOURS: Record<Verdict, string> = { ok: '\x1b[32m', warning: '\x1b[33m', failed: '\x1b[31m' };
const PLAIN = '\x1b[0m';
/** Checks whose names people write otherwise. */
const NAMES: Readonly<Record<string, string>> = { dns: 'DNS', tls: 'TLS 1.3', group: 'key exchange' };
const NAME_COLUMNS = 14;
const INDENT = ' '.repeat(MARKS.ok.length + 2 + NAME_COLUMNS);

/** One finding: the verdict, what was looked at, what was seen and what to do about it. */
export function findingLines({ check, verdict, seen, advice }: Finding, { columns, hasColour }: BannerStyle): string[] {
  const mark = hasColour ? COLOURS[verdict] + MARKS[verdict] + PLAIN : MARKS[verdict];
  const text = [
    ...wrap(printable(seen), columns - INDENT.length),
    ...(advice === null ? [] : wrap(`-> ${printable(advice)}`, columns - INDENT.length)),
  ];
  const [first = '', ...others] = text;
  return [`${mark}  ${(NAMES[check] ?? check).padEnd(NAME_COLUMNS)}${first}`, ...others.map((line) => INDENT + line)];
}
