import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { RecentMap } from './recent-map.ts';

test('the entries used last are kept, by reading or by writing', () => {
  const map = new RecentMap<number>(3);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ] as const)
    map.set(key, value);
  expect(map.get('a')).toBe(1);
  map.set('b', 20);
  map.set('d', 4);
  expect([map.get('a'), map.get('b'), map.get('c'), map.get('d')]).toEqual([1, 20, undefined, 4]);
  expect(map.size).toBe(3);
});

test('a smaller capacity drops the oldest at once', () => {
  const map = new RecentMap<number>(3);
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  map.resize(1);
  expect([map.size, map.get('a'), map.get('c')]).toEqual([1, undefined, 1]);
  map.resize(0);
  map.set('e', 1);
  expect([map.size, map.get('e')]).toEqual([0, undefined]);
});

test('it holds what a plain list of recent keys holds', () => {
  const step = fc.tuple(fc.constantFrom('get', 'set'), fc.constantFrom('a', 'b', 'c', 'd', 'e'));
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
      const map = new RecentMap<string>(capacity);
      let recent: string[] = [];
      for (const [what, key] of steps) {
        const isKnown = recent.includes(key);
        if (what === 'set') map.set(key, key);
        else expect(map.get(key)).toBe(isKnown ? key : undefined);
        if (what === 'set' || isKnown) recent = [...recent.filter((other) => other !== key), key].slice(-capacity);
        expect(map.size).toBe(recent.length);
      }
    }),
  );
});
