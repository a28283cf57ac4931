import { expect, test } from 'bun:test';
import { Histogram } from '../../kit/histogram.ts';
import { amountText, distributionText } from './exposition.ts';
import { inSeconds, type Metric } from './metric.ts';

const ABOUT = { unit: 'things', help: 'Things.', read: () => [] };
const COUNTER: Metric = { ...ABOUT, name: 'things_total', type: 'counter', labels: ['kind', 'size'] };
const GAUGE: Metric = { ...ABOUT, name: 'things', type: 'gauge', labels: [] };

test('a head, and a line a series', () => {
  const readings = [
    [0, 'a', 'big'],
    [1.5, 'b', 'small'],
  ] as const;
  expect(amountText(COUNTER, readings)).toBe(
    '# HELP things_total Things.\n' +
      '# TYPE things_total counter\n' +
      'things_total{kind="a",size="big"} 0\n' +
      'things_total{kind="b",size="small"} 1.5\n',
  );
  expect(amountText(GAUGE, [[-3]])).toBe('# HELP things Things.\n# TYPE things gauge\nthings -3\n');
});

test('no series, no text', () => {
  expect(amountText(COUNTER, [])).toBe('');
});

test('quotes, backslashes and line ends are escaped in label values, the last two in help', () => {
  const metric: Metric = { ...COUNTER, labels: ['kind'], help: 'One "two" \\three\nfour.' };
  expect(amountText(metric, [[1, '\\a"b\nc']])).toBe(
    '# HELP things_total One "two" \\\\three\\nfour.\n' +
      '# TYPE things_total counter\n' +
      'things_total{kind="\\\\a\\"b\\nc"} 1\n',
  );
});

test.each([
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
  [9_007_199_254_740_991, '9007199254740991'],
  [1e21, '1e+21'],
])('%p is written as %s', (value, text) => {
  expect(amountText(GAUGE, [[value]])).toEndWith(`\nthings ${text}\n`);
});

test('a histogram: buckets summed up, the last for everything, sum and count', () => {
  const metric: Metric = { ...ABOUT, name: 'wait_seconds', type: 'histogram', labels: ['dc'] };
  const histogram = new Histogram([5, 1_000]);
  for (const ms of [1, 5, 700, 40_000]) histogram.add(ms);
  expect(distributionText(metric, [[inSeconds(histogram), '-4']])).toBe(
    '# HELP wait_seconds Things.\n' +
      '# TYPE wait_seconds histogram\n' +
      'wait_seconds_bucket{dc="-4",le="0.005"} 2\n' +
      'wait_seconds_bucket{dc="-4",le="1"} 3\n' +
      'wait_seconds_bucket{dc="-4",le="+Inf"} 4\n' +
      'wait_seconds_sum{dc="-4"} 40.706\n' +
      'wait_seconds_count{dc="-4"} 4\n',
  );
});
