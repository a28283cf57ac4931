import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import type { Conn } from '../net/conn.ts';
import type { Dialing, DialResult } from '../net/dial.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { dialFirst } from './fail-over.ts';

const STAGGER_MS = 1_000;
const ENDPOINTS: Endpoint[] = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port }));

/** Diallings whose ends the test decides; no network. */
class Dials {
  /** Ports in the order in which they were dialled. */
  readonly ports: number[] = [];
  readonly cancelled: number[] = [];
  readonly late: number[] = []; // connections that came too late and were reset
  readonly #settle = new Map<number, (result: DialResult) => void>();

  readonly dialOne = (endpoint: Endpoint): Dialing => {
    const port = 'port' in endpoint ? endpoint.port : 0;
    this.ports.push(port);
    const result = new Promise<DialResult>((resolve) => this.#settle.set(port, resolve));
    return { result, cancel: () => void this.cancelled.push(port) };
  };

  async fail(port: number): Promise<void> {
    this.#settle.get(port)?.({ kind: 'failed', reason: `port ${port} failed` });
    await turn();
  }

  async connect(port: number): Promise<Conn> {
    const conn = { reset: () => void this.late.push(port) } as unknown as Conn;
    this.#settle.get(port)?.({ kind: 'connected', conn });
    await turn();
    return conn;
  }
}

/** Lets everything run that waits for a settled promise. */
async function turn(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

function start(first = 0, endpoints = ENDPOINTS) {
  const dials = new Dials();
  const race = dialFirst(endpoints, first, dials.dialOne);
  return { dials, race };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('the first address is enough when it connects', async () => {
  const { dials, race } = start();
  const conn = await dials.connect(1);
  expect(await race.result).toEqual({ kind: 'connected', conn, index: 0 });
  jest.advanceTimersByTime(10 * STAGGER_MS);
  expect(dials).toMatchObject({ ports: [1], cancelled: [], late: [] });
});

test('a failure starts the next at once; with the last one all have failed', async () => {
  const { dials, race } = start();
  await dials.fail(1);
  expect(dials.ports).toEqual([1, 2]);
  await dials.fail(2);
  expect(dials.ports).toEqual([1, 2, 3]);
  expect(Bun.peek.status(race.result)).toBe('pending');
  await dials.fail(3);
  expect(await race.result).toEqual({ kind: 'failed', reason: 'port 3 failed' });
});

test('a slow one gets company after a second, and may still win', async () => {
  const { dials, race } = start();
  jest.advanceTimersByTime(STAGGER_MS - 1);
  expect(dials.ports).toEqual([1]);
  jest.advanceTimersByTime(1);
  expect(dials.ports).toEqual([1, 2]);
  const conn = await dials.connect(1);
  expect(await race.result).toEqual({ kind: 'connected', conn, index: 0 });
  expect(dials.cancelled).toEqual([2]);
});

test('a failure beside a slow one starts the next at once, and gives it a whole second', async () => {
  const { dials, race } = start();
  jest.advanceTimersByTime(STAGGER_MS);
  jest.advanceTimersByTime(STAGGER_MS / 2);
  await dials.fail(2);
  expect(dials.ports).toEqual([1, 2, 3]);
  jest.advanceTimersByTime(10 * STAGGER_MS); // there is no fourth
  await dials.fail(3);
  expect(Bun.peek.status(race.result)).toBe('pending'); // the first is still under way
  await dials.fail(1);
  expect((await race.result).kind).toBe('failed');
});

test('it starts with the address that worked last, and goes round', async () => {
  const { dials, race } = start(2);
  await dials.fail(3);
  await dials.fail(1);
  const conn = await dials.connect(2);
  expect(dials.ports).toEqual([3, 1, 2]);
  expect(await race.result).toEqual({ kind: 'connected', conn, index: 1 });
});

test('a connection that comes after the end is reset', async () => {
  const { dials, race } = start();
  jest.advanceTimersByTime(STAGGER_MS);
  await dials.connect(2);
  expect((await race.result).kind).toBe('connected');
  await dials.connect(1);
  expect(dials).toMatchObject({ cancelled: [1], late: [1] });
});

test('given up, everything under way is cancelled and nothing more starts', async () => {
  const { dials, race } = start();
  jest.advanceTimersByTime(STAGGER_MS);
  race.cancel();
  expect(await race.result).toEqual({ kind: 'failed', reason: 'cancelled' });
  expect(dials.cancelled).toEqual([1, 2]);
  await dials.fail(1);
  jest.advanceTimersByTime(10 * STAGGER_MS);
  expect(dials.ports).toEqual([1, 2]);
  race.cancel();
});

test('no address at all fails at once', async () => {
  expect(await start(0, []).race.result).toEqual({ kind: 'failed', reason: 'no address' });
});
