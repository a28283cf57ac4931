import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { Conn } from './conn.ts';
import type { Dialing, DialResult } from './dialing.ts';
import { race, raceGroups } from './race.ts';

const STAGGER_MS = 1_000;
const LAST_RESORT_MS = 3_000;

/** Diallings whose ends the test decides; no network. */
class Dials {
  /** Ports in the order in which they were dialled. */
  readonly ports: number[] = [];
  readonly cancelled: number[] = [];
  readonly late: number[] = []; // connections that came too late and were reset
  readonly #settle = new Map<number, (result: DialResult | Promise<never>) => void>();

  readonly dialOne = (port: number): Dialing => {
    this.ports.push(port);
    const result = new Promise<DialResult>((resolve) => this.#settle.set(port, resolve));
    return { result, cancel: () => void this.cancelled.push(port) };
  };

  async fail(port: number): Promise<void> {
    this.#settle.get(port)?.({ kind: 'failed', reason: `port ${port} failed` });
    await turn();
  }

  async reject(port: number): Promise<void> {
    this.#settle.get(port)?.(Promise.reject(new Error(`port ${port} threw`)));
    await turn();
  }

  async connect(port: number): Promise<DialResult> {
    const conn = { reset: () => void this.late.push(port) } as unknown as Conn;
    const result: DialResult = { kind: 'connected', conn, address: { host: '127.0.0.1', port } };
    this.#settle.get(port)?.(result);
    await turn();
    return result;
  }
}

/** Lets everything run that waits for a settled promise. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

function start(ports = [1, 2, 3]) {
  const dials = new Dials();
  return { dials, running: race(ports, STAGGER_MS, dials.dialOne) };
}

function startGroups(groups: number[][]) {
  const dials = new Dials();
  return { dials, running: raceGroups(groups, STAGGER_MS, dials.dialOne) };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('the first address is enough when it connects', async () => {
  const { dials, running } = start();
  const result = await dials.connect(1);
  expect(await running.result).toBe(result);
  jest.advanceTimersByTime(10 * STAGGER_MS);
  expect(dials).toMatchObject({ ports: [1], cancelled: [], late: [] });
});

test('a failure starts the next at once; with the last one all have failed', async () => {
  const { dials, running } = start();
  await dials.fail(1);
  expect(dials.ports).toEqual([1, 2]);
  await dials.fail(2);
  expect(dials.ports).toEqual([1, 2, 3]);
  expect(Bun.peek.status(running.result)).toBe('pending');
  await dials.fail(3);
  expect(await running.result).toEqual({ kind: 'failed', reason: 'port 3 failed' });
});

test('a slow one gets company after a second, and may still win', async () => {
  const { dials, running } = start();
  jest.advanceTimersByTime(STAGGER_MS - 1);
  expect(dials.ports).toEqual([1]);
  jest.advanceTimersByTime(1);
  expect(dials.ports).toEqual([1, 2]);
  const result = await dials.connect(1);
  expect(await running.result).toBe(result);
  expect(dials.cancelled).toEqual([2]);
});

test('a failure beside a slow one starts the next at once, and gives it a whole second', async () => {
  const { dials, running } = start();
  jest.advanceTimersByTime(STAGGER_MS);
  jest.advanceTimersByTime(STAGGER_MS / 2);
  await dials.fail(2);
  expect(dials.ports).toEqual([1, 2, 3]);
  jest.advanceTimersByTime(10 * STAGGER_MS); // there is no fourth
  await dials.fail(3);
  expect(Bun.peek.status(running.result)).toBe('pending'); // the first is still under way
  await dials.fail(1);
  expect((await running.result).kind).toBe('failed');
});

test('a connection that comes after the end is reset', async () => {
  const { dials, running } = start();
  jest.advanceTimersByTime(STAGGER_MS);
  await dials.connect(2);
  expect((await running.result).kind).toBe('connected');
  await dials.connect(1);
  expect(dials).toMatchObject({ cancelled: [1], late: [1] });
});

test('given up, everything under way is cancelled and nothing more starts', async () => {
  const { dials, running } = start();
  jest.advanceTimersByTime(STAGGER_MS);
  running.cancel();
  expect(await running.result).toEqual({ kind: 'failed', reason: 'cancelled' });
  expect(dials.cancelled).toEqual([1, 2]);
  await dials.fail(1);
  jest.advanceTimersByTime(10 * STAGGER_MS);
  expect(dials.ports).toEqual([1, 2]);
  running.cancel();
});

test('no address at all fails at once', async () => {
  expect(await start([]).running.result).toEqual({ kind: 'failed', reason: 'no address' });
});

test('what throws or rejects is a failure like any other', async () => {
  const { dials, running } = start([1, 2]);
  await dials.reject(1);
  expect(dials.ports).toEqual([1, 2]);
  await dials.reject(2);
  expect(await running.result).toEqual({ kind: 'failed', reason: 'port 2 threw' });

  const throwing = race([1, 2], STAGGER_MS, (port) => {
    throw new Error(`port ${port} threw at once`);
  });
  expect(await throwing.result).toEqual({ kind: 'failed', reason: 'port 2 threw at once' });
});

test('the last resort joins at once when all others have failed', async () => {
  const { dials, running } = startGroups([[1, 2], [3]]);
  await dials.fail(1);
  await dials.fail(2);
  expect(dials.ports).toEqual([1, 2, 3]);
  expect(await dials.connect(3)).toBe(await running.result);
});

test('while others are only slow, the last resort waits longer than a lost first packet takes', async () => {
  const { dials, running } = startGroups([[1], [2]]);
  jest.advanceTimersByTime(LAST_RESORT_MS - 1);
  expect(dials.ports).toEqual([1]);
  jest.advanceTimersByTime(1);
  expect(dials.ports).toEqual([1, 2]);
  running.cancel();
  expect(dials.cancelled).toEqual([1, 2]);
});
