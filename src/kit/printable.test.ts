import { expect, test } from 'bun:test';
import { printable } from './printable.ts';

test.each([
  ['plain', 'plain'],
  ['Zoë, 例え, 🦜', 'Zoë, 例え, 🦜'],
  ['\x1b[2J\x1b]0;title\x07', '\\u001b[2J\\u001b]0;title\\u0007'],
  ['one\r\ntwo', 'one\\u000d\\u000atwo'],
  ['\x9b31m and \x7f', '\\u009b31m and \\u007f'],
  ['abc\u202egpj.exe', 'abc\\u202egpj.exe'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});
