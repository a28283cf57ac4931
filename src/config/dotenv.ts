/** One line of a `.env` file that sets a variable, or that could not be read. */
export type DotenvLine =
  | { readonly kind: 'variable'; readonly line: number; readonly name: string; readonly value: string }
  | { readonly kind: 'reject'; readonly line: number; readonly reason: string };

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/;
const SINGLE_QUOTED = /^'([^']*)'\s*(?:#.*)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads the text of a `.env` file: NAME=VALUE lines, `export` before the name, quotes, comments, either line ending.
 *
 * A `#` starts a comment at the start of a line or after white space; nothing is expanded inside values.
 */
export function readDotenv(text: string): DotenvLine[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.flatMap((line, index) => readLine(line.trim(), index + 1) ?? []);
}

function readLine(text: string, line: number): DotenvLine | null {
  if (text === '' || text.startsWith('#')) return null;
  const match = ASSIGNMENT.exec(text);
  if (match === null) return { kind: 'reject', line, reason: 'expected NAME=VALUE' };
  const [, name = '', written = ''] = match;
  const value = readWritten(written);
  if (value === null) return { kind: 'reject', line, reason: `the quotes of ${name} do not close on this line` };
  return { kind: 'variable', line, name, value };
}

function readWritten(written: string): string | null {
  if (written.startsWith('"')) {
    const inner = DOUBLE_QUOTED.exec(written)?.[1];
    return inner?.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter) ?? null;
  }
  if (written.startsWith("'")) return SINGLE_QUOTED.exec(written)?.[1] ?? null;
  return written.replace(/(?:^|\s)#.*$/, '').trim();
}
