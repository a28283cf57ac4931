import { expect, test } from 'bun:test';
import { Histogram } from './histogram.ts';
import { sumCounters } from './sum-counters.ts';

test('numbers of the same name are added at every depth; what only some have counts too', () => {
  const a = { total: 1, byMode: { tls: 2, secure: 0 }, dcs: { 2: { sessions: 3 } } };
  const b = { total: 10, byMode: { tls: 20, secure: 5 }, dcs: { 2: { sessions: 30 }, '-4': { sessions: 7 } } };
  const before = structuredClone([a, b]);
  expect(sumCounters<object>(a, b, a)).toEqual({
    total: 12,
    byMode: { tls: 24, secure: 5 },
    dcs: { 2: { sessions: 36 }, '-4': { sessions: 7 } },
  });
  expect([a, b]).toEqual(before);
});

test('histograms are joined bucket by bucket, their bounds stay', () => {
  const [a, b] = [new Histogram([1, 10]), new Histogram([1, 10])];
  for (const value of [0.5, 5]) a.add(value);
  for (const value of [5, 50]) b.add(value);
  expect(sumCounters({ lag: a }, { lag: b }).lag).toMatchObject({
    bounds: [1, 10],
    counts: [1, 2, 1],
    sum: 60.5,
    count: 4,
  });
});

test('the sum shares nothing with its parts', () => {
  const part = { dcs: { 2: { sessions: 1 } } };
  const sum = sumCounters<{ dcs: Record<string, { sessions: number }> }>({ dcs: {} }, part);
  part.dcs[2].sessions = 9;
  expect(sum).toEqual({ dcs: { 2: { sessions: 1 } } });
});
