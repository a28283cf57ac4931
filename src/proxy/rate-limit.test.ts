import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { FakePump } from '../../test/support/fake-pump.ts';
import { RateLimit } from './rate-limit.ts';

const RATE = 1_000; // bytes per second: one for each millisecond
const TICK_MS = 50;
const BURST = (RATE * TICK_MS) / 1_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('those that wait go on one after the other, by rank and then in turn, no more at a time than is free', () => {
  const limit = new RateLimit(RATE);
  const order: string[] = [];
  const pump = (name: string, rank: number) => ({ rank, goOn: () => void order.push(name) });
  limit.charge(BURST, pump('not held', 0));
  for (const name of ['last', 'first', 'second']) limit.charge(BURST, pump(name, name === 'last' ? 2 : 1));
  jest.advanceTimersByTime(BURST * 3 - 1);
  expect(order).toEqual([]);
  jest.advanceTimersByTime(TICK_MS);
  expect(order).toEqual(['first']);
  jest.advanceTimersByTime(2 * TICK_MS);
  expect(order).toEqual(['first', 'second', 'last']);
});

test('a burst of its own passes at full speed, and comes back at the rate', () => {
  const limit = new RateLimit(RATE, { burstBytes: 10_000 });
  const held = new FakePump();
  expect(limit.charge(8_000, held)).toBe(false);
  expect(limit.isSpent).toBe(false);
  expect(limit.charge(2_000, held)).toBe(false);
  expect([limit.usedBytes, limit.isSpent]).toEqual([10_000, true]);
  jest.advanceTimersByTime(4_000);
  expect([limit.usedBytes, limit.isSpent]).toEqual([6_000, false]);
  expect(limit.charge(4_001, held)).toBe(true);
});

test('no rate holds nobody back', () => {
  const limit = new RateLimit(0);
  const pump = new FakePump();
  expect(limit.charge(1e12, pump)).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});

test('a burst passes; beyond it the debt has to be paid first', () => {
  jest.advanceTimersByTime(1_000); // the allowance of the past is no more than a burst
  const limit = new RateLimit(RATE);
  const pump = new FakePump();
  expect(limit.charge(BURST, pump)).toBe(false);
  expect(limit.charge(200, pump)).toBe(true);
  jest.advanceTimersByTime(199);
  expect(pump.goes).toBe(0);
  jest.advanceTimersByTime(1 + TICK_MS);
  expect(pump.goes).toBe(1);
});

test('over a second as much passes as the rate says', () => {
  jest.advanceTimersByTime(1_000);
  const limit = new RateLimit(RATE);
  let moved = 0;
  let isHeld = false;
  const pump = {
    goOn: () => {
      isHeld = false;
    },
  };
  for (let ms = 0; ms < 10_000; ms += 1) {
    if (!isHeld) {
      moved += 30;
      isHeld = limit.charge(30, pump);
    }
    jest.advanceTimersByTime(1);
  }
  expect(moved).toBeGreaterThan(9_500);
  expect(moved).toBeLessThan(10_500);
});

test('all that are held back go on together, and no timer runs while nobody is', () => {
  const limit = new RateLimit(RATE);
  const [a, b] = [new FakePump(), new FakePump()];
  expect(limit.charge(500, a)).toBe(true);
  expect(limit.charge(100, b)).toBe(true);
  expect(limit.charge(100, a)).toBe(true); // a chunk that was on its way
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(600);
  expect([a.goes, b.goes]).toEqual([0, 0]);
  jest.advanceTimersByTime(200);
  expect([a.goes, b.goes]).toEqual([1, 1]);
  expect(jest.getTimerCount()).toBe(0);
});

test('one that ends is not called, and the last one takes the timer along', () => {
  const limit = new RateLimit(RATE);
  const [a, b] = [new FakePump(), new FakePump()];
  limit.charge(500, a);
  limit.charge(500, b);
  limit.forget(a);
  expect(jest.getTimerCount()).toBe(1);
  limit.forget(b);
  expect(jest.getTimerCount()).toBe(0);
  limit.forget(b);
  jest.advanceTimersByTime(10_000);
  expect([a.goes, b.goes]).toEqual([0, 0]);
});

test('a rate that is lifted frees at the next tick, a higher one sooner', () => {
  const limit = new RateLimit(RATE);
  const pump = new FakePump();
  limit.charge(100_000, pump);
  jest.advanceTimersByTime(1_000);
  limit.bytesPerSecond = 1_000_000;
  jest.advanceTimersByTime(200);
  expect(pump.goes).toBe(1);
  limit.charge(1e9, pump);
  limit.bytesPerSecond = 0;
  jest.advanceTimersByTime(TICK_MS);
  expect(pump.goes).toBe(2);
});
