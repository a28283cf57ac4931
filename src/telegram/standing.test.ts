import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { Endpoint } from '../net/endpoint.ts';
import { Standing } from './standing.ts';

const SECOND = 1_000;
const [A, B, C] = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port })) as [Endpoint, Endpoint, Endpoint];
const ALL = [A, B, C];

function newStanding() {
  const told: string[] = [];
  const standing = new Standing(({ address, fault }, isFailing) => {
    told.push(`${address} ${isFailing ? fault : 'works'}`);
  });
  return { standing, told };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('with nothing against them the addresses keep their order, the one that connected last first', () => {
  const { standing } = newStanding();
  expect(standing.rank(ALL)).toEqual([[A, B, C]]);
  standing.connected(B);
  standing.connected(C);
  expect(standing.rank(ALL)).toEqual([[C, A, B]]);
  expect(standing.rank([A, B])).toEqual([[B, A]]);
  expect(standing.rank([])).toEqual([[]]);
});

test('two sessions in a row without an answer make an address the last resort, its first answer ends that', () => {
  const { standing, told } = newStanding();
  standing.connected(A);
  standing.unanswered(A, 'silent');
  expect(standing.rank(ALL)).toEqual([[A, B, C]]);
  expect(standing.failing).toEqual([]);
  standing.unanswered(A, 'closed');
  expect(standing.rank(ALL)).toEqual([[B, C], [A]]);
  expect(standing.failing).toEqual([{ address: '127.0.0.1:1', fault: 'closed' }]);
  standing.answered(A);
  expect(standing.rank(ALL)).toEqual([[A, B, C]]);
  expect(told).toEqual(['127.0.0.1:1 closed', '127.0.0.1:1 works']);
});

test('an answer between them makes two of them none', () => {
  const { standing, told } = newStanding();
  for (let i = 0; i < 5; i += 1) {
    standing.unanswered(A, 'silent');
    standing.answered(A);
  }
  expect(told).toEqual([]);
});

test('when all fail, the one whose last fault is longest ago is tried first', () => {
  const { standing } = newStanding();
  for (const address of [B, A, C, B, A, C]) standing.unanswered(address, 'silent');
  expect(standing.rank(ALL)).toEqual([[B, A, C]]);
  standing.unanswered(B, 'silent');
  expect(standing.rank(ALL)).toEqual([[A, C, B]]);
});

test('one that speaks unasked is failing at once, and no session proves it again', () => {
  const { standing, told } = newStanding();
  standing.condemn(A, 'foreign');
  standing.answered(A);
  standing.unanswered(A, 'silent');
  expect(standing.failing).toEqual([{ address: '127.0.0.1:1', fault: 'foreign' }]);
  standing.acquit(A);
  expect(standing.failing).toEqual([]);
  expect(told.at(-1)).toBe('127.0.0.1:1 works');
});

test('a failing one is due for another look after pauses that grow', () => {
  const { standing } = newStanding();
  standing.unanswered(B, 'silent'); // once: not failing
  for (let i = 0; i < 2; i += 1) standing.unanswered(A, 'silent');
  const looks: number[] = [];
  for (let second = 1; second <= 2_000; second += 1) {
    jest.advanceTimersByTime(SECOND);
    const due = standing.takeDue(performance.now());
    if (due.length > 0) looks.push(second);
    expect(due).toEqual(due.length > 0 ? [A] : []);
  }
  expect(looks.slice(0, 4)).toEqual([15, 45, 105, 225]);
  const gaps = looks.slice(1).map((second, index) => second - (looks[index] ?? 0));
  expect(Math.max(...gaps)).toBe(600);
});

test('what is remembered is bounded', () => {
  const { standing } = newStanding();
  for (let port = 1; port <= 200; port += 1) standing.condemn({ host: '127.0.0.1', port }, 'foreign');
  expect(standing.failing).toHaveLength(32);
  expect(standing.failing.at(-1)?.address).toBe('127.0.0.1:200');
});
