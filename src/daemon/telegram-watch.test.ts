import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { DcAnswer } from '../telegram/ask-data-center.ts';
import { TelegramWatch } from './telegram-watch.ts';

const TIMES = { retryMs: 15_000, pauseMs: 300_000 };
const SECOND = 1_000;
const DCS = [1, 2];

const watches: TelegramWatch[] = [];
beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
  jest.useRealTimers();
});

/** A Telegram whose data centres fail as told, and that counts how often it was asked. */
class Telegram {
  readonly failing = new Map<number, string>();
  readonly asked: number[] = [];
  /** How far its clock is ahead of ours. */
  aheadMs: number;
  changes = 0;
  readonly watch: TelegramWatch;

  constructor(failing: Record<number, string> = {}, aheadMs = 0) {
    this.aheadMs = aheadMs;
    for (const [dc, reason] of Object.entries(failing)) this.failing.set(Number(dc), reason);
    const onChange = () => {
      this.changes += 1;
    };
    this.watch = new TelegramWatch({ dcs: DCS, ask: (dc) => this.#ask(dc), onChange, times: TIMES });
    watches.push(this.watch);
  }

  /** Looks at the first data centre so far. */
  get looks(): number {
    return this.asked.filter((dc) => dc === 1).length;
  }

  async #ask(dc: number): Promise<DcAnswer> {
    this.asked.push(dc);
    const reason = this.failing.get(dc);
    if (reason !== undefined) return { kind: 'unreachable', reason };
    const address = { host: '192.0.2.1', port: 443 };
    return { kind: 'answered', tookMs: 40 + dc, aheadMs: this.aheadMs, connectMs: 30, address, ip: '192.0.2.1' };
  }
}

async function pass(seconds: number): Promise<void> {
  jest.advanceTimersByTime(seconds * SECOND);
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test('nothing is known before the first answer is in', async () => {
  const { watch } = new Telegram();
  expect([watch.troubles, watch.clockAheadMs]).toEqual([{}, null]);
  await pass(0);
  expect(watch.troubles).toEqual({ 1: null, 2: null });
});

test('while all is well it goes on being looked at, every four to six minutes', async () => {
  const telegram = new Telegram();
  await pass(0);
  for (let minute = 0; minute < 60; minute += 1) await pass(60);
  expect(telegram.looks).toBeGreaterThanOrEqual(10);
  expect(telegram.looks).toBeLessThanOrEqual(16);
  expect(telegram.changes).toBe(0);
});

test('an outage at night is seen without sessions, and its end too', async () => {
  const telegram = new Telegram();
  await pass(0);
  telegram.failing.set(2, 'timed out');
  for (let minute = 0; minute < 6; minute += 1) await pass(60);
  expect(telegram.watch.troubles).toEqual({ 1: null, 2: 'timed out' });
  expect(telegram.changes).toBe(1);
  telegram.failing.clear();
  await pass(120);
  expect(telegram.watch.troubles).toEqual({ 1: null, 2: null });
  expect(telegram.changes).toBe(2);
});

test('what fails is asked for ever more rarely, at least every five minutes', async () => {
  const telegram = new Telegram({ 1: 'refused' });
  await pass(0);
  const looksAfter: number[] = [];
  for (const seconds of [14, 1, 29, 1, 59, 1, 119, 1]) {
    await pass(seconds);
    looksAfter.push(telegram.looks);
  }
  expect(looksAfter).toEqual([1, 2, 2, 3, 3, 4, 4, 5]); // after 15, 30, 60, 120 seconds
  for (let round = 0; round < 12; round += 1) await pass(300);
  expect(telegram.looks).toBeGreaterThanOrEqual(15);
  expect(telegram.changes).toBe(1);
});

test("a failing session's word counts at once, and is looked into", async () => {
  const telegram = new Telegram();
  await pass(0);
  await pass(20);
  telegram.failing.set(2, 'timed out');
  for (let i = 0; i < 100; i += 1) telegram.watch.heard(2, 'timed out');
  expect(telegram.watch.troubles).toEqual({ 1: null, 2: 'timed out' });
  expect(telegram.changes).toBe(1);
  await pass(0);
  expect(telegram.looks).toBe(2);
  telegram.failing.clear();
  await pass(15);
  expect([telegram.looks, telegram.changes]).toEqual([3, 2]);
});

test('that sessions are joined again is looked into at once, however rare looks have become', async () => {
  const telegram = new Telegram({ 2: 'refused' });
  await pass(0);
  for (const seconds of [15, 30, 60, 120]) await pass(seconds);
  telegram.failing.clear();
  await pass(20);
  const { looks } = telegram;
  telegram.watch.heard(2, null);
  await pass(0);
  expect(telegram.looks).toBe(looks + 1);
  expect(telegram.watch.troubles).toEqual({ 1: null, 2: null });
});

test('sessions that disagree do not make it look more often than every fifteen seconds', async () => {
  const telegram = new Telegram();
  await pass(0);
  for (let second = 0; second < 60; second += 1) {
    telegram.watch.heard(1, 'reset');
    await pass(1);
  }
  expect(telegram.looks).toBeLessThanOrEqual(6);
});

test('a data centre that only sessions know is asked until it answers', async () => {
  const telegram = new Telegram({ '-2': 'refused' });
  await pass(0);
  expect(telegram.asked).not.toContain(-2);
  telegram.watch.heard(-2, 'refused');
  expect(telegram.watch.troubles[-2]).toBe('refused');
  await pass(15);
  expect(telegram.asked).toContain(-2);
  telegram.failing.clear();
  await pass(15);
  expect(telegram.watch.troubles[-2]).toBeNull();
  telegram.asked.length = 0;
  await pass(360);
  expect([telegram.asked.includes(1), telegram.asked.includes(-2)]).toEqual([true, false]);
});

test("the quickest answer tells how far our clock is ahead of Telegram's", async () => {
  const telegram = new Telegram({}, -7_000);
  await pass(0);
  expect(telegram.watch.clockAheadMs).toBe(7_000);
  telegram.watch.followClock();
  await pass(20);
  expect(telegram.looks).toBe(1);
});

test('when the clock is set what was known of it is void, and asked for anew', async () => {
  const telegram = new Telegram();
  await pass(0);
  await pass(20);
  jest.setSystemTime(Date.now() - 3_600_000);
  telegram.aheadMs = 3_600_000;
  expect(telegram.watch.clockAheadMs).toBeNull();
  telegram.watch.followClock();
  await pass(0);
  expect(telegram.looks).toBe(2);
  expect(telegram.watch.clockAheadMs).toBe(-3_600_000);
});

test('after it is closed nothing is asked', async () => {
  const telegram = new Telegram({ 1: 'refused' });
  await pass(0);
  telegram.watch.close();
  await pass(3_600);
  expect(telegram.looks).toBe(1);
});
