/** Characters of one line that look alike. */
export interface Run {
  readonly text: string;
  /** The parameters of the escape sequence that they are written under ("1", "30;107"); empty for the usual look. */
  readonly style: string;
}

interface Cell {
  readonly character: string;
  readonly style: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const PIECES = /\x1b\[([\d;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]/gu;

/** What a terminal of so many columns shows after a program's output. Knows the few escape sequences that Petrel writes. */
export function screenOf(output: string, columns: number): Run[][] {
  const lines: Cell[][] = [[]];
  let [row, column, style] = [0, 0, ''];
  for (const [piece, parameters = '', verb] of output.matchAll(PIECES)) {
    if (piece === '\r') column = 0;
    else if (piece === '\n') row += 1;
    else if (verb === 'm') style = parameters === '0' ? '' : parameters;
    else if (verb === 'A') row = Math.max(0, row - Number(parameters || 1));
    else if (verb === 'K' || verb === 'J') {
      lines[row]?.splice(column);
      if (verb === 'J') lines.splice(row + 1);
    } else if (verb === undefined) {
      if (column === columns) [row, column] = [row + 1, 0];
      const line = lineAt(lines, row);
      while (line.length < column) line.push({ character: ' ', style: '' });
      line[column] = { character: piece, style };
      column += 1;
    }
    lineAt(lines, row);
  }
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines.map(runsOf);
}

function lineAt(lines: Cell[][], row: number): Cell[] {
  while (lines.length <= row) lines.push([]);
  return lines[row] ?? [];
}

function runsOf(cells: readonly Cell[]): Run[] {
  const runs: { text: string; readonly style: string }[] = [];
  for (const { character, style } of cells) {
    const last = runs.at(-1);
    if (last?.style === style) last.text += character;
    else runs.push({ text: character, style });
  }
  return runs;
}
