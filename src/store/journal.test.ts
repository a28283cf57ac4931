import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { Journal } from './journal.ts';
import { MemoryStore } from './memory-store.ts';
import type { ReplayKind, StoredUsage } from './store.ts';

/** What a crash may lose, in milliseconds. */
const PROMISE_MS = 5_000;
const KEEP = 4;

/** A store that notes its writes, and fails when told to. */
class WatchedStore extends MemoryStore {
  isFailing = false;
  readonly usageWrites: string[][] = [];
  readonly replayWrites: [ReplayKind, number][] = [];

  override check(): void {
    if (this.isFailing) throw new Error('the disk is full');
  }

  override saveUsage(usage: readonly StoredUsage[]): void {
    if (this.isFailing) throw new Error('the disk is full');
    this.usageWrites.push(usage.map(({ name }) => name));
    super.saveUsage(usage);
  }

  override saveReplays(kind: ReplayKind, digests: readonly string[], keep: number): void {
    if (this.isFailing) throw new Error('the disk is full');
    this.replayWrites.push([kind, digests.length]);
    super.saveReplays(kind, digests, keep);
  }
}

function set(store = new WatchedStore()) {
  const usage: StoredUsage[] = [];
  /** What was wrong at each change. */
  const told: (string | null)[] = [];
  const onChange = () => told.push(journal.failure);
  const journal: Journal = new Journal({ store, usage: () => usage, replayEntries: () => KEEP, onChange });
  const move = (name: string, uplinkBytes: number, downlinkBytes = 0) => {
    const at = usage.findIndex((entry) => entry.name === name);
    usage.splice(at < 0 ? usage.length : at, at < 0 ? 0 : 1, { name, uplinkBytes, downlinkBytes });
  };
  return { store, journal, told, move };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('only users that moved something since are written', () => {
  const { store, journal, move } = set();
  move('ann', 1);
  move('bob', 0, 2);
  journal.flush();
  journal.flush();
  move('bob', 0, 3);
  journal.flush();
  expect(store.usageWrites).toEqual([['ann', 'bob'], ['bob']]);
  expect(store.usage()).toEqual([
    { name: 'ann', uplinkBytes: 1, downlinkBytes: 0 },
    { name: 'bob', uplinkBytes: 0, downlinkBytes: 3 },
  ]);
  journal.close();
});

test('what an earlier run has saved is not written again', () => {
  const store = new WatchedStore();
  store.saveUsage([{ name: 'ann', uplinkBytes: 1, downlinkBytes: 1 }]);
  const { journal, move } = set(store);
  move('ann', 1, 1);
  journal.flush();
  expect(store.usageWrites).toHaveLength(1);
  journal.close();
});

test('everything is written within the time that a crash may lose, without being asked', () => {
  const { store, journal, move } = set();
  move('ann', 1);
  journal.appendDigest('hello', 'h'.repeat(16));
  journal.appendDigest('header', 'b'.repeat(16));
  jest.advanceTimersByTime(PROMISE_MS);
  expect(store.usage()).toHaveLength(1);
  expect(store.replays('hello')).toEqual(['h'.repeat(16)]);
  expect(store.replays('header')).toEqual(['b'.repeat(16)]);
  const writes = store.replayWrites.length;
  jest.advanceTimersByTime(10 * PROMISE_MS); // and nothing while nothing happens
  expect(store.replayWrites).toHaveLength(writes);
  expect(store.usageWrites).toHaveLength(1);
  journal.close();
});

test('closing writes what is left, and no timer runs on', () => {
  const { store, journal, move } = set();
  move('ann', 1);
  journal.appendDigest('hello', 'h'.repeat(16));
  journal.close();
  expect(store.usage()).toHaveLength(1);
  expect(store.replays('hello')).toHaveLength(1);
  expect(jest.getTimerCount()).toBe(0);
});

test('a store that fails is told once, tried again, and told of when it works', () => {
  const { store, journal, told, move } = set();
  store.isFailing = true;
  move('ann', 1);
  journal.appendDigest('hello', 'h'.repeat(16));
  for (let i = 0; i < 5; i += 1) jest.advanceTimersByTime(PROMISE_MS);
  expect(told).toEqual(['the disk is full']);

  store.isFailing = false;
  jest.advanceTimersByTime(PROMISE_MS);
  expect(store.usage()).toEqual([{ name: 'ann', uplinkBytes: 1, downlinkBytes: 0 }]);
  expect(store.replays('hello')).toHaveLength(1);
  expect(told).toEqual(['the disk is full', null]);
  store.isFailing = true;
  move('ann', 2);
  jest.advanceTimersByTime(PROMISE_MS);
  expect(told).toEqual(['the disk is full', null, 'the disk is full']);
  journal.close();
});

test('that nothing more could be written is told also while there is nothing to write', () => {
  const { store, journal, told } = set();
  store.isFailing = true;
  jest.advanceTimersByTime(PROMISE_MS);
  expect(told).toEqual(['the disk is full']);
  expect(journal.failure).toBe('the disk is full');
  journal.close();
});

test('while the store fails no more digests wait than it would keep twice, the newest of them', () => {
  const { store, journal } = set();
  store.isFailing = true;
  for (let i = 0; i < 100; i += 1) {
    journal.appendDigest('hello', String(i).padStart(16, '0'));
    if (i % 10 === 0) journal.flush();
  }
  store.isFailing = false;
  journal.flush();
  const [, count] = store.replayWrites[0] ?? [];
  expect(count).toBeLessThanOrEqual(2 * KEEP);
  expect(store.replays('hello')).toEqual([96, 97, 98, 99].map((i) => String(i).padStart(16, '0')));
  journal.close();
});
