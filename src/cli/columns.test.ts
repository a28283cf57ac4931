import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { columnLines } from './columns.ts';

const ROWS = [
  ['name', 'down', 'state'],
  ['anna', '300 MB', ''],
  ['bartholomew', '1 B', 'expired'],
];

test('each column is as wide as its widest cell', () => {
  expect(columnLines(ROWS, 80)).toEqual([
    'name         down    state',
    'anna         300 MB',
    'bartholomew  1 B     expired',
  ]);
});

test('where there is less room all rows break before the same cell', () => {
  expect(columnLines(ROWS, 20)).toEqual([
    'name         down',
    '  state',
    'anna         300 MB',
    'bartholomew  1 B',
    '  expired',
  ]);
});

test('no line is wider than the room, unless a cell alone is, and no cell is lost', () => {
  const rows = fc.array(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 3, maxLength: 3 }), { minLength: 1 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 11, max: 40 }), (cells, room) => {
      const lines = columnLines(cells, room);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(room);
      expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(cells.flat());
    }),
  );
});

test('no rows, no lines', () => {
  expect(columnLines([], 10)).toEqual([]);
});
