import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { createLog } from '../kit/log.ts';
import { watchReachability } from './reachability.ts';

let lines: { level: string; message: string; reason?: string }[] = [];
const log = createLog({ level: 'info', format: 'json', write: (line) => void lines.push(JSON.parse(line)) });

beforeEach(() => {
  lines = [];
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

/** Answers what it is told to, and counts how often it was asked. */
class Target {
  readonly name = 'Telegram';
  asked = 0;
  reason: string | null = 'refused';

  async probe(): Promise<string | null> {
    this.asked += 1;
    return this.reason;
  }
}

async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

test('what cannot be reached is told once, asked for ever more rarely, and told when it works again', async () => {
  const target = new Target();
  watchReachability([target], log);
  await pass(0);
  expect(lines).toMatchObject([{ level: 'warn', reason: 'refused' }]);
  const askedAfter: number[] = [];
  for (const seconds of [14, 1, 29, 1, 59, 1, 119, 1]) {
    await pass(seconds * 1_000);
    askedAfter.push(target.asked);
  }
  expect(askedAfter).toEqual([1, 2, 2, 3, 3, 4, 4, 5]); // after 15, 30, 60, 120 seconds
  for (let hour = 0; hour < 12; hour += 1) await pass(5 * 60_000);
  expect(target.asked).toBeGreaterThanOrEqual(15); // at least every five minutes
  expect(lines).toHaveLength(1);

  target.reason = null;
  await pass(5 * 60_000);
  expect(lines[1]).toMatchObject({ level: 'info', message: 'Telegram can be reached' });
  const { asked } = target;
  await pass(60 * 60_000);
  expect([target.asked, lines.length]).toEqual([asked, 2]);
});

test('what can be reached is not told at level info', async () => {
  const target = new Target();
  target.reason = null;
  watchReachability([target], log);
  await pass(0);
  expect([target.asked, lines]).toEqual([1, []]);
});

test('after the stop nothing is asked or told', async () => {
  const target = new Target();
  const stop = watchReachability([target], log);
  await pass(0);
  stop();
  await pass(60 * 60_000);
  expect([target.asked, lines.length]).toEqual([1, 1]);
});
