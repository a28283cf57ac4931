import type { Terminal } from './terminal.ts';

const LINE_UP = '\x1b[A';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\x1b\[[0-9;]*m/g;

/** Lines that are drawn again and again in the same place of a terminal; elsewhere one after the other. */
export class Screen {
  readonly #terminal: Terminal;
  #drawn = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const { isTerminal, columns } = this.#terminal;
    if (!isTerminal) {
      this.#terminal.out(`${lines.join('\n')}\n`);
      return;
    }
    const text = lines.map((line) => `${cut(line, columns)}${CLEAR_LINE}\n`).join('');
    this.#terminal.out(LINE_UP.repeat(this.#drawn) + text + CLEAR_BELOW);
    this.#drawn = lines.length;
  }
}

/** Longer lines are cut, never wrapped; escape sequences take no room, and what a cut line opened is closed. */
function cut(line: string, columns: number): string {
  const plain = line.replace(ESCAPES, '');
  if (plain.length <= columns) return line;
  const [opening = ''] = line.match(ESCAPES) ?? [];
  return opening === '' ? plain.slice(0, columns) : `${opening}${plain.slice(0, columns)}\x1b[0m`;
}
