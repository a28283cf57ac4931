import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { Conn, Consumer } from '../net/conn.ts';
import { Pool } from './pool.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MAX_AGE = 45 * SECOND;

/** A connection without a network: it knows who listens to it, and whether it was closed. */
class FakeConn {
  isOpen = true;
  consumer: Consumer | null = null;
  readonly openedFor: number;

  constructor(openedFor: number) {
    this.openedFor = openedFor;
  }

  attach(consumer: Consumer): void {
    this.consumer = consumer;
  }

  close(): void {
    this.isOpen = false;
  }

  get conn(): Conn {
    return this as unknown as Conn;
  }
}

/** A pool over connections that a test makes fail or wait. */
function poolOf(limit: number) {
  const opened: FakeConn[] = [];
  const state = { limit, isFailing: false, isSlow: false, isDying: false, waiting: [] as (() => void)[] };
  const pool = new Pool(
    () => state.limit,
    async (dc) => {
      if (state.isSlow) await new Promise<void>((resolve) => void state.waiting.push(resolve));
      if (state.isFailing) {
        opened.push(new FakeConn(0));
        return null;
      }
      const fake = new FakeConn(dc);
      fake.isOpen = !state.isDying;
      opened.push(fake);
      return fake.conn;
    },
  );
  return { pool, opened, state };
}

async function turn(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  await turn();
}

const standing = (pool: Pool) => Object.values(pool.ready()).reduce((sum, count) => sum + count, 0);

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('nothing is opened before the first use, and one connection after it', async () => {
  const { pool, opened } = poolOf(16);
  await pass(MINUTE);
  expect(opened).toHaveLength(0);
  expect(pool.take(2)).toBeNull();
  await turn();
  expect(opened.map(({ openedFor }) => openedFor)).toEqual([2]);
  expect(standing(pool)).toBe(1);
  expect(pool.take(4)).toBeNull(); // another data centre's is no use
  pool.close();
});

test('as many stand ready as were taken lately, up to the size', async () => {
  const { pool } = poolOf(3);
  const ready: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    pool.take(2);
    await turn();
    ready.push(standing(pool));
  }
  expect(ready).toEqual([1, 2, 3, 3, 3, 3]);
  for (let second = 0; second < 25; second += 1) await pass(SECOND); // two demand windows without a take
  expect(standing(pool)).toBe(3);
  pool.take(2);
  await turn();
  expect(standing(pool)).toBe(2); // demand has fallen: they are used up before more are opened
  pool.close();
});

test('while some are being opened no more are started than the size', async () => {
  const { pool, state } = poolOf(4);
  state.isSlow = true;
  for (let i = 0; i < 20; i += 1) pool.take(2);
  await turn();
  expect(state.waiting).toHaveLength(4);
  for (const go of state.waiting.splice(0)) go();
  await turn();
  expect(standing(pool)).toBe(4);
  pool.close();
});

test('a lower limit closes the oldest of what is too much, a higher one opens again', async () => {
  const { pool, opened, state } = poolOf(4);
  for (let i = 0; i < 4; i += 1) pool.take(2);
  await turn();
  expect(standing(pool)).toBe(4);
  state.limit = 2;
  await pass(SECOND);
  expect(standing(pool)).toBe(2);
  expect(opened.map(({ isOpen }) => isOpen)).toEqual([false, false, true, true]);
  state.limit = 0;
  await pass(SECOND);
  expect(standing(pool)).toBe(0);
  expect(pool.take(2)).toBeNull();
  await pass(SECOND);
  expect(opened).toHaveLength(4);
  state.limit = 4;
  await pass(SECOND);
  expect(standing(pool)).toBe(4);
  pool.close();
});

test('size 0 opens nothing', async () => {
  const { pool, opened } = poolOf(0);
  for (let i = 0; i < 5; i += 1) expect(pool.take(2)).toBeNull();
  await pass(MINUTE);
  expect(opened).toHaveLength(0);
  pool.close();
});

test('the youngest is taken', async () => {
  const { pool, opened } = poolOf(3);
  for (let i = 0; i < 3; i += 1) pool.take(2);
  await turn();
  await pass(2 * SECOND);
  expect(standing(pool)).toBe(3);
  expect(pool.take(2)).toBe(opened[2]?.conn as Conn);
  pool.close();
});

test.each<[string, (fake: FakeConn) => void]>([
  ['speaks', (fake) => fake.consumer?.onBytes(fake.conn, Uint8Array.of(1))],
  ['ends', (fake) => fake.consumer?.onEnd(fake.conn)],
  ['is gone', (fake) => fake.consumer?.onClosed(fake.conn, true)],
])('one that %s is closed and not handed out', async (_name, spoil) => {
  const { pool, opened } = poolOf(1);
  pool.take(2);
  await turn();
  const [first] = opened as [FakeConn];
  spoil(first);
  expect(first.isOpen).toBe(false);
  expect(standing(pool)).toBe(0);
  expect(pool.take(2)).toBeNull();
  await turn();
  expect(pool.take(2)).toBe(opened[1]?.conn as Conn);
  pool.close();
});

test('one that died before it was kept is not kept', async () => {
  const { pool, opened, state } = poolOf(1);
  state.isDying = true;
  pool.take(2);
  await turn();
  expect(opened).toHaveLength(1);
  expect(standing(pool)).toBe(0);
  state.isDying = false;
  await pass(SECOND); // the next look makes up for it
  expect(standing(pool)).toBe(1);
  pool.close();
});

test('before Telegram would close them they are renewed, as long as the data centre is in use', async () => {
  const { pool, opened } = poolOf(1);
  pool.take(2);
  await turn();
  await pass(MAX_AGE - SECOND);
  expect(opened).toHaveLength(1);
  await pass(3 * SECOND);
  expect(opened.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  expect(standing(pool)).toBe(1);
  for (let waited = 0; waited < 6 * MINUTE; waited += SECOND) await pass(SECOND);
  expect(standing(pool)).toBe(0);
  expect(opened.filter(({ isOpen }) => isOpen)).toHaveLength(0);
  const count = opened.length;
  await pass(10 * MINUTE);
  expect(opened).toHaveLength(count);
  pool.close();
});

test('after a failure it pauses, longer each time, and starts afresh after a success', async () => {
  const { pool, opened, state } = poolOf(1);
  state.isFailing = true;
  pool.take(2);
  await turn();
  const tries: number[] = [];
  for (let second = 1; second <= 20; second += 1) {
    const before = opened.length;
    pool.take(2); // demand does not shorten the pause
    await pass(SECOND);
    if (opened.length > before) tries.push(second);
  }
  expect(tries.length).toBeGreaterThanOrEqual(3);
  const gaps = tries.slice(1).map((second, index) => second - (tries[index] ?? 0));
  expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(4);

  state.isFailing = false;
  await pass(2 * MINUTE); // the longest pause is over, and the centre still in use
  expect(standing(pool)).toBe(1);
  pool.close();
});

test('close ends everything, what is still being opened too', async () => {
  const { pool, opened, state } = poolOf(2);
  pool.take(2);
  await turn();
  state.isSlow = true;
  pool.take(2);
  pool.take(2);
  await turn();
  pool.close();
  for (const go of state.waiting) go();
  await turn();
  expect(opened.length).toBeGreaterThan(1);
  // The first was handed out by a take and is its taker's.
  expect(opened.slice(1).every(({ isOpen }) => !isOpen)).toBe(true);
  expect(pool.take(2)).toBeNull();
  expect(standing(pool)).toBe(0);
  await pass(MINUTE);
  expect(standing(pool)).toBe(0);
});

test('when the limit falls the oldest are closed at once, and so is what was being opened', async () => {
  const { pool, opened, state } = poolOf(4);
  for (let count = 0; count < 4; count += 1) pool.take(2);
  await turn();
  const ready = opened.filter(({ isOpen }) => isOpen);
  state.isSlow = true;
  pool.take(4);
  expect(pool.size).toBe(2);
  state.limit = 1;
  pool.trim();
  expect(ready.map(({ isOpen }) => isOpen)).toEqual([...ready.slice(1).map(() => false), true]);
  state.limit = 0;
  for (const go of state.waiting) go();
  await turn();
  expect(opened.at(-1)).toMatchObject({ openedFor: 4, isOpen: false });
  pool.trim();
  expect(standing(pool)).toBe(0);
  pool.close();
});
