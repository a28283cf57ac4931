import { expect, test } from 'bun:test';
import { Screen } from './screen.ts';
import { TestTerminal } from './test-terminal.ts';

test('on a terminal lines take the place of those before, and none is longer than it', () => {
  const terminal = new TestTerminal({ isTerminal: true, columns: 4 });
  const screen = new Screen(terminal);
  screen.draw(['abcdef', 'gh']);
  screen.draw(['x']);
  expect(terminal.written).toBe('abcd\x1b[K\ngh\x1b[K\n\x1b[J\x1b[A\x1b[Ax\x1b[K\n\x1b[J');
});

test('escape sequences take no room and are closed where a line is cut', () => {
  const terminal = new TestTerminal({ isTerminal: true, columns: 3 });
  new Screen(terminal).draw(['\x1b[1mabc\x1b[0m', '\x1b[31mabcdef\x1b[0m']);
  expect(terminal.written).toBe('\x1b[1mabc\x1b[0m\x1b[K\n\x1b[31mabc\x1b[0m\x1b[K\n\x1b[J');
});

test('lines that a low window has no room for are counted, and what was drawn before is found again', () => {
  const terminal = new TestTerminal({ isTerminal: true, columns: 60, rows: 4 });
  const screen = new Screen(terminal);
  screen.draw(['a', 'b', 'c', 'd', 'e']);
  expect(terminal.written).toContain('a\x1b[K\nb\x1b[K\nand 3 more lines: make the window higher\x1b[K\n');
  terminal.written = '';
  screen.draw(['x']);
  expect(terminal.written).toStartWith('\x1b[A\x1b[A\x1b[Ax');
});

test('a window that was resized is cleared: its lines have broken anew', () => {
  const terminal = new TestTerminal({ isTerminal: true, columns: 60 });
  const screen = new Screen(terminal);
  screen.draw(['a']);
  terminal.columns = 30;
  terminal.written = '';
  screen.draw(['b']);
  screen.draw(['c']);
  expect(terminal.written).toBe('\x1b[H\x1b[2Jb\x1b[K\n\x1b[J\x1b[Ac\x1b[K\n\x1b[J');
});

test('elsewhere lines follow one another without escape sequences', () => {
  const terminal = new TestTerminal({ columns: 3 });
  const screen = new Screen(terminal);
  screen.draw(['abcdef']);
  screen.draw(['gh']);
  expect(terminal.written).toBe('abcdef\ngh\n');
});
