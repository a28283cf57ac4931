import { expect, test } from 'bun:test';
import { screenOf } from './screen-text.ts';

test('styles become runs, and lines that were drawn again are seen once', () => {
  const output =
    'one\r\n\x1b[1mtitle\x1b[0m of 1\x1b[K\r\nlong line\r\n\x1b[A\x1b[A\x1b[1mtitle\x1b[0m of 2\x1b[K\r\nline\x1b[K\r\n\x1b[J';
  expect(screenOf(output, 80)).toEqual([
    [{ text: 'one', style: '' }],
    [
      { text: 'title', style: '1' },
      { text: ' of 2', style: '' },
    ],
    [{ text: 'line', style: '' }],
  ]);
});

test('what stood below is cleared', () => {
  expect(screenOf('a\r\nb\r\nc\r\n\x1b[A\x1b[A\x1b[Ad\x1b[K\r\n\x1b[J', 80)).toEqual([[{ text: 'd', style: '' }]]);
});

test('a long line goes on in the next one', () => {
  expect(screenOf('abcdef\r\ng\r\n', 4).map((runs) => runs.map(({ text }) => text))).toEqual([['abcd'], ['ef'], ['g']]);
});
