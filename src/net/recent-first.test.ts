import { expect, test } from 'bun:test';
import type { Endpoint } from './endpoint.ts';
import { RecentFirst } from './recent-first.ts';

const [A, B, C] = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port })) as [Endpoint, Endpoint, Endpoint];

test('the address that connected last comes first, the others keep their order', () => {
  const recent = new RecentFirst();
  expect(recent.rank([A, B, C])).toEqual([[A, B, C]]);
  recent.connected(C);
  expect(recent.order([A, B, C])).toEqual([C, A, B]);
  recent.connected(B);
  expect(recent.order([A, B, C])).toEqual([B, A, C]);
  expect(recent.order([A, C])).toEqual([C, A]); // the latest of those
  expect(recent.order([A])).toEqual([A]);
  expect(recent.order([])).toEqual([]);
});

test('what is remembered is bounded, and the latest stays', () => {
  const recent = new RecentFirst();
  recent.connected(A);
  for (let port = 100; port < 200; port += 1) recent.connected({ host: '127.0.0.1', port });
  expect(recent.order([C, A])).toEqual([C, A]); // forgotten
  const last = { host: '127.0.0.1', port: 199 };
  expect(recent.order([C, last])).toEqual([last, C]);
});
