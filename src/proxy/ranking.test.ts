import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Ranking } from './ranking.ts';

test('the heaviest, and of equals the one that came to its weight first', () => {
  const ranking = new Ranking<string>();
  expect(ranking.heaviest).toBeUndefined();
  for (const name of ['a', 'b', 'c', 'b', 'c']) ranking.raise(name);
  expect(ranking.heaviest).toBe('b');
  ranking.lower('b');
  expect(ranking.heaviest).toBe('c');
  ranking.lower('c');
  expect(ranking.heaviest).toBe('a');
});

test('whatever is raised and lowered, the heaviest is one that a count finds', () => {
  const step = fc.tuple(fc.boolean(), fc.nat(5));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ranking = new Ranking<number>();
      const weights = new Map<number, number>();
      for (const [isMore, thing] of steps) {
        const weight = weights.get(thing) ?? 0;
        if (isMore) ranking.raise(thing);
        else ranking.lower(thing);
        weights.set(thing, Math.max(0, weight + (isMore ? 1 : -1)));
        const most = Math.max(...weights.values());
        const { heaviest } = ranking;
        if (heaviest === undefined) expect(most).toBe(0);
        else expect(weights.get(heaviest)).toBe(most);
      }
    }),
  );
});
