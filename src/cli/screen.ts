import type { Terminal } from './terminal.ts';

const LINE_UP = '\x1b[A';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CLEAR_ALL = '\x1b[H\x1b[2J';
/** The one in which the cursor waits below the last. */
const CURSOR_ROWS = 1;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\x1b\[[0-9;]*m/g;

/** Lines that are drawn again and again in the same place of a terminal; elsewhere one after the other. */
export class Screen {
  readonly #terminal: Terminal;
  #drawn = 0;
  #columns = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const { isTerminal, columns, rows } = this.#terminal;
    if (!isTerminal) {
      this.#terminal.out(`${lines.join('\n')}\n`);
      return;
    }
    const shown = fitting(lines, rows - CURSOR_ROWS);
    const text = shown.map((line) => `${cut(line, columns)}${CLEAR_LINE}\n`).join('');
    this.#terminal.out(this.#toTheTop(columns) + text + CLEAR_BELOW);
    this.#drawn = shown.length;
    this.#columns = columns;
  }

  /** Of what was drawn before. A window that was resized since has broken those lines anew: nobody knows how many they are. */
  #toTheTop(columns: number): string {
    const isResized = this.#drawn > 0 && columns !== this.#columns;
    return isResized ? CLEAR_ALL : LINE_UP.repeat(this.#drawn);
  }
}

/** What scrolls out at the top can't be drawn over any more: the last line then says how much is missing. */
function fitting(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines;
  const kept = lines.slice(0, Math.max(0, room - 1));
  return [...kept, `and ${lines.length - kept.length} more lines: make the window higher`];
}

/** Longer lines are cut, never wrapped; escape sequences take no room, and what a cut line opened is closed. */
function cut(line: string, columns: number): string {
  const plain = line.replace(ESCAPES, '');
  if (plain.length <= columns) return line;
  const [opening = ''] = line.match(ESCAPES) ?? [];
  return opening === '' ? plain.slice(0, columns) : `${opening}${plain.slice(0, columns)}\x1b[0m`;
}
