import { expect, test } from 'bun:test';
import { Histogram } from './histogram.ts';

test('a measurement falls into the first bucket whose bound it does not exceed', () => {
  const histogram = new Histogram([1, 10, 100]);
  for (const value of [0, 1, 1.1, 10, 99, 101, 5_000]) histogram.add(value);
  expect({ ...histogram }).toEqual({ bounds: [1, 10, 100], counts: [2, 2, 1, 2], sum: 5_212.1, count: 7 });
});
