import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { Conn, Consumer } from '../net/conn.ts';
import { type Opened, Pool } from './pool.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MAX_AGE = 45 * SECOND;

/** A connection without a network: it knows who listens to it, and whether it was closed. */
class FakeConn {
  isOpen = true;
  consumer: Consumer | null = null;
  readonly openedFor: number;
  /** Its address's port. */
  readonly port: number;

  constructor(openedFor: number, port: number) {
    this.openedFor = openedFor;
    this.port = port;
  }

  attach(consumer: Consumer): void {
    this.consumer = consumer;
    if (!this.isOpen) consumer.onClosed(this.conn, false);
  }

  close(): void {
    this.isOpen = false;
  }

  get conn(): Conn {
    return this as unknown as Conn;
  }

  get opened(): Opened {
    return { conn: this.conn, address: { host: '127.0.0.1', port: this.port } };
  }
}

/** A pool over connections that a test makes fail or wait. */
function poolOf(limit: number) {
  const opened: FakeConn[] = [];
  const spoke: number[] = []; // ports of addresses
  const state = {
    limit,
    port: 1,
    isFailing: false,
    isThrowing: false,
    isSlow: false,
    isDying: false,
    waiting: [] as (() => void)[],
  };
  const open = async (dc: number): Promise<Opened | null> => {
    if (state.isSlow) await new Promise<void>((resolve) => void state.waiting.push(resolve));
    const fake = new FakeConn(dc, state.port);
    opened.push(fake);
    if (state.isThrowing) throw new Error('a fault');
    if (state.isFailing) return null;
    fake.isOpen = !state.isDying;
    return fake.opened;
  };
  const onSpoke = (_dc: number, address: Opened['address']) => void spoke.push('port' in address ? address.port : 0);
  const pool = new Pool({ limit: () => state.limit, open, onSpoke });
  return { pool, opened, spoke, state };
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
  expect(pool.take(2)?.conn).toBe(opened[2]?.conn as Conn);
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
  await pass(SECOND); // that it ended so early counts as a failure
  expect(pool.take(2)?.conn).toBe(opened[1]?.conn as Conn);
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

/** Seconds at which something was opened, of so many, while sessions ask all the time. */
async function openings({ pool, opened }: ReturnType<typeof poolOf>, seconds: number): Promise<number[]> {
  const tries: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    const before = opened.length;
    for (let i = 0; i < 5; i += 1) pool.take(2); // demand does not shorten the pause
    await pass(SECOND);
    for (let i = before; i < opened.length; i += 1) tries.push(second);
  }
  return tries;
}

test.each<[string, (setup: ReturnType<typeof poolOf>) => void]>([
  ['cannot be opened', ({ state }) => Object.assign(state, { isFailing: true })],
  ['is refused by a fault', ({ state }) => Object.assign(state, { isThrowing: true })],
  ['is closed at once', ({ state }) => Object.assign(state, { isDying: true })],
])('when one %s it pauses, longer each time, and tries one at a time', async (_name, spoil) => {
  const setup = poolOf(16);
  const { pool, opened, state } = setup;
  spoil(setup);
  const tries = await openings(setup, 60);
  expect(tries.length).toBeGreaterThanOrEqual(5);
  expect(tries.length).toBeLessThanOrEqual(5 + 5); // five asked at first, before the first failure was known
  const gaps = tries.slice(5).map((second, index) => second - (tries[index + 4] ?? 0));
  expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(16);

  const before = opened.length;
  for (let waited = 0; waited < 4 * MINUTE; waited += SECOND) await pass(SECOND); // nobody asks any more
  expect(opened.length - before).toBeLessThanOrEqual(1);

  Object.assign(state, { isFailing: false, isThrowing: false, isDying: false });
  pool.take(2); // the longest pause is over
  await turn();
  expect(standing(pool)).toBe(1);
  pool.close();
});

test('once one has stood long enough after a failure, as many are opened as are asked for', async () => {
  const setup = poolOf(4);
  const { pool, state } = setup;
  state.isDying = true;
  pool.take(2);
  await turn();
  state.isDying = false;
  await pass(SECOND);
  expect(standing(pool)).toBe(1);
  for (let i = 0; i < 6; i += 1) pool.take(2);
  await turn();
  expect(standing(pool)).toBe(1); // still in doubt
  for (let second = 0; second < 20; second += 1) await pass(SECOND);
  for (let i = 0; i < 6; i += 1) pool.take(2);
  await turn();
  expect(standing(pool)).toBe(4);
  pool.close();
});

test('one that ends after a long life is replaced at once', async () => {
  const { pool, opened } = poolOf(1);
  pool.take(2);
  await turn();
  for (let second = 0; second < 30; second += 1) await pass(SECOND);
  const [first] = opened as [FakeConn];
  first.consumer?.onEnd(first.conn);
  expect(standing(pool)).toBe(0);
  pool.take(2);
  await turn();
  expect(standing(pool)).toBe(1);
  pool.close();
});

test('an address that speaks unasked is told', async () => {
  const { pool, opened, spoke } = poolOf(1);
  pool.take(2);
  await turn();
  const [first] = opened as [FakeConn];
  first.consumer?.onBytes(first.conn, Uint8Array.of(1));
  expect(spoke).toEqual([1]);
  pool.close();
});

test("an address's connections are dropped on demand, for the media id too", async () => {
  const { pool, opened, state } = poolOf(2);
  for (const dc of [2, 2, -2, 4]) pool.take(dc);
  await turn();
  state.port = 2;
  pool.take(2);
  await turn();
  const ports = () => opened.filter(({ isOpen }) => isOpen).map(({ openedFor, port }) => `${openedFor} ${port}`);
  const before = ports();
  expect(before).toContain('2 2');
  pool.drop(2, '127.0.0.1:1');
  // The taken one is its taker's.
  const dropped = before.filter((one) => !ports().includes(one));
  expect(new Set(dropped)).toEqual(new Set(['-2 1']));
  expect(pool.ready()).toMatchObject({ '4': 1, '-2': 0 });
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
