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

test('keeps exactly the newest however many come and whatever the capacity becomes', () => {
  const cache = new ReplayCache(5);
  const newest: string[] = [];
  let capacity = 5;
  for (let number = 1; number <= 300; number += 1) {
    if (number % 37 === 0) {
      capacity = 1 + (number % 7);
      cache.resize(capacity);
      newest.splice(0, newest.length - capacity);
    }
    expect(cache.admit(digest(number))).toBe(true);
    newest.push(digest(number));
    if (newest.length > capacity) newest.shift();
    expect(cache.size).toBe(newest.length);
    for (const kept of newest) expect(cache.admit(kept)).toBe(false);
  }
});
