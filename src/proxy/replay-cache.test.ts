import { expect, test } from 'bun:test';
import { latin1 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { ReplayCache } from './replay-cache.ts';

function digest(number: number): string {
  return String.fromCharCode(number).repeat(16);
}

test('a digest is admitted once', () => {
  const cache = new ReplayCache(10);
  expect(cache.admit(digest(1))).toBe(true);
  expect(cache.admit(digest(1))).toBe(false);
  expect(cache.admit(digest(2))).toBe(true);
});

test('the newest are kept; a replay does not make its digest younger', () => {
  const cache = new ReplayCache(3);
  for (const number of [1, 2, 3]) cache.admit(digest(number));
  expect(cache.admit(digest(1))).toBe(false);
  cache.admit(digest(4));
  expect(cache.size).toBe(3);
  for (const number of [2, 3, 4]) expect(cache.admit(digest(number))).toBe(false);
  expect(cache.admit(digest(1))).toBe(true); // forgotten
});

test('those of earlier runs count, the newest of them', () => {
  const cache = new ReplayCache(2, [1, 2, 200].map(digest));
  expect(cache.size).toBe(2);
  expect(cache.admit(digest(200))).toBe(false);
  expect(cache.admit(digest(2))).toBe(false);
  expect(cache.admit(digest(1))).toBe(true);
});

test('the journal is told of each admitted digest', () => {
  const told: string[] = [];
  const cache = new ReplayCache(10, [], { append: (entry) => void told.push(entry) });
  const entry = latin1(systemRandom(16));
  cache.admit(entry);
  cache.admit(entry);
  cache.admit(digest(255));
  expect(told).toEqual([entry, digest(255)]);
});

test('a smaller capacity forgets the oldest at once', () => {
  const cache = new ReplayCache(4);
  for (const number of [1, 2, 3, 4]) cache.admit(digest(number));
  cache.resize(2);
  expect(cache.size).toBe(2);
  expect(cache.admit(digest(3))).toBe(false);
  expect(cache.admit(digest(4))).toBe(false);
  cache.resize(4);
  cache.admit(digest(5));
  expect(cache.size).toBe(3);
});
