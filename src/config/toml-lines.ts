/**
 * Finds the line of a syntax error, which Bun's parser does not tell.
 *
 * The parser reads left to right, so every prefix that holds the faulty line fails with the same message: the shortest
 * of the unbroken run of such prefixes ends with it.
 *
 * @param fails message of the failure for a text, null when it parses
 */
export function syntaxErrorLine(text: string, fails: (text: string) => string | null): number {
  const lines = text.split('\n');
  const message = fails(text);
  let line = lines.length;
  while (line > 1 && fails(`${lines.slice(0, line - 1).join('\n')}\n`) === message) line -= 1;
  return line;
}

const TABLE_HEADER = /^\s*\[\s*([^[\]]+?)\s*\]\s*(?:#.*)?$/;
const ASSIGNED_KEY = /^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=/;
const KEY_PART = /"([^"]*)"|'([^']*)'|([\w-]+)/g;

/**
 * Where key paths stand in a TOML text, as far as plain tables and assignments tell; tables count as their header's line.
 *
 * @returns key path, its parts joined by dots, to line number from 1
 */
export function keyLines(text: string): Map<string, number> {
  const found = new Map<string, number>();
  let table: string[] = [];
  text.split('\n').forEach((content, index) => {
    const header = TABLE_HEADER.exec(content)?.[1];
    const assigned = ASSIGNED_KEY.exec(content)?.[1];
    if (header !== undefined) table = keyParts(header);
    if (header === undefined && assigned === undefined) return;
    const path = assigned === undefined ? table : [...table, ...keyParts(assigned)];
    if (!found.has(path.join('.'))) found.set(path.join('.'), index + 1);
  });
  return found;
}

function keyParts(text: string): string[] {
  return [...text.matchAll(KEY_PART)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}
