import { afterEach, beforeEach, expect, jest, test } from 'bun:test';
import { Journal } from './journal.ts';
import { type Batch, type Kept, NOTHING_KEPT, type Store, type StoredUsage } from './store.ts';

/** What a crash may lose, in milliseconds. */
const PROMISE_MS = 5_000;
const KEEP = 4;

/** A store that notes its batches, fails when told to, and can be as slow as a bad disk. */
class WatchedStore implements Store {
  readonly isLasting = true;
  readonly batches: Batch[] = [];
  failure: string | null = null;
  /** Why what it writes will be lost all the same. */
  outlook: string | null = null;
  isClosed = false;
  #held: (() => void)[] | null = null;

  addUser(): void {}

  async write(batch: Batch): Promise<string | null> {
    if (this.#held !== null) await new Promise<void>((resolve) => this.#held?.push(resolve));
    if (this.failure !== null) throw new Error(this.failure);
    this.batches.push(batch);
    return this.outlook;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** From now on no batch is done. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    for (const go of this.#held ?? []) go();
    this.#held = null;
  }

  get usageWrites(): string[][] {
    return this.batches.map(({ usage }) => usage.map(({ name }) => name)).filter((names) => names.length > 0);
  }

  get hellos(): string[] {
    return this.batches.flatMap(({ replays }) => replays.hello);
  }
}

function set(kept: Partial<Kept> = {}) {
  const store = new WatchedStore();
  const usage: StoredUsage[] = [];
  /** What was wrong at each change. */
  const told: (string | null)[] = [];
  const journal: Journal = new Journal({
    store,
    kept: { ...NOTHING_KEPT, ...kept },
    usage: () => usage,
    replayEntries: () => KEEP,
    onChange: () => told.push(journal.failure),
  });
  const move = (name: string, uplinkBytes: number, downlinkBytes = 0) => {
    const at = usage.findIndex((entry) => entry.name === name);
    usage.splice(at < 0 ? usage.length : at, at < 0 ? 0 : 1, { name, uplinkBytes, downlinkBytes });
  };
  return { store, journal, told, move };
}

/** Lets what waits for nothing but promises go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

async function flush(journal: Journal): Promise<void> {
  journal.flush();
  await settle();
}

async function advance(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    jest.advanceTimersByTime(1_000);
    await settle();
  }
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('only users that moved something since are written', async () => {
  const { store, journal, move } = set();
  move('ann', 1);
  move('bob', 0, 2);
  await flush(journal);
  await flush(journal);
  move('bob', 0, 3);
  await flush(journal);
  expect(store.usageWrites).toEqual([['ann', 'bob'], ['bob']]);
  expect(store.batches.at(-1)?.usage).toEqual([{ name: 'bob', uplinkBytes: 0, downlinkBytes: 3 }]);
  await journal.close();
});

test('what an earlier run has saved is known, and not written again', async () => {
  const { store, journal, move } = set({
    usage: [{ name: 'ann', uplinkBytes: 1, downlinkBytes: 1 }],
    profiles: [{ domain: 'a.example.org', text: 'one' }],
  });
  move('ann', 1, 1);
  await flush(journal);
  expect(store.usageWrites).toEqual([]);
  expect(store.batches.flatMap(({ profiles }) => profiles)).toEqual([]);
  expect(journal.usageOf('ann')).toEqual({ name: 'ann', uplinkBytes: 1, downlinkBytes: 1 });
  expect(journal.usageOf('bob')).toBeNull();
  expect(journal.profileTexts()).toEqual(['one']);
  await journal.close();
});

test('what a user has moved is known from the next flush on, also while the store is busy and the user is gone', async () => {
  const { store, journal, move } = set();
  store.hold();
  await flush(journal);
  move('ann', 7);
  await flush(journal);
  expect(journal.usageOf('ann')).toEqual({ name: 'ann', uplinkBytes: 7, downlinkBytes: 0 });
  store.release();
  await settle();
  await flush(journal);
  expect(store.usageWrites).toEqual([['ann']]);
  await journal.close();
});

test('everything is written within the time that a crash may lose, without being asked', async () => {
  const { store, journal, move } = set();
  move('ann', 1);
  journal.appendDigest('hello', 'h'.repeat(16));
  journal.appendDigest('header', 'b'.repeat(16));
  journal.saveProfileText('a.example.org', 'one');
  await advance(PROMISE_MS);
  expect(store.batches[0]).toEqual({
    usage: [{ name: 'ann', uplinkBytes: 1, downlinkBytes: 0 }],
    replays: { hello: ['h'.repeat(16)], header: ['b'.repeat(16)] },
    keep: KEEP,
    profiles: [{ domain: 'a.example.org', text: 'one' }],
  });
  await advance(2 * PROMISE_MS); // and nothing while nothing happens
  for (const { usage, replays, profiles } of store.batches.slice(1))
    expect([usage, replays.hello, replays.header, profiles].flat()).toEqual([]);
  await journal.close();
});

test('closing writes what is left, closes the store, and no timer runs on', async () => {
  const { store, journal, move } = set();
  move('ann', 1);
  journal.appendDigest('hello', 'h'.repeat(16));
  await journal.close();
  await journal.close();
  expect(store.usageWrites).toEqual([['ann']]);
  expect(store.hellos).toHaveLength(1);
  expect(store.isClosed).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});

test('a store that takes no batch is given no other, is told, and a stop does not wait for it for long', async () => {
  const { store, journal, told, move } = set();
  store.hold();
  move('ann', 1);
  await advance(4 * PROMISE_MS);
  expect(told).toEqual([expect.stringContaining('the disk is very slow')]);
  move('ann', 2);
  const closing = journal.close();
  await advance(PROMISE_MS);
  await closing;
  expect(journal.failure).toContain('the last batch was not taken');
  expect(store.batches).toEqual([]);
});

test('a store that fails is told once, tried again, and told of when it works', async () => {
  const { store, journal, told, move } = set();
  store.failure = 'the disk is full';
  move('ann', 1);
  journal.appendDigest('hello', 'h'.repeat(16));
  journal.saveProfileText('a.example.org', 'one');
  await advance(5 * PROMISE_MS);
  expect(told).toEqual(['the disk is full']);

  store.failure = null;
  await advance(PROMISE_MS);
  expect(store.usageWrites).toEqual([['ann']]);
  expect(store.hellos).toHaveLength(1);
  expect(store.batches.flatMap(({ profiles }) => profiles)).toHaveLength(1);
  expect(told).toEqual(['the disk is full', null]);
  store.failure = 'the disk is full';
  await advance(PROMISE_MS); // with nothing to write
  expect(told).toEqual(['the disk is full', null, 'the disk is full']);
  await journal.close();
});

test('what is written and will be lost all the same is told, and not written again and again', async () => {
  const { store, journal, told, move } = set();
  store.outlook = 'the file is gone';
  move('ann', 1);
  await advance(2 * PROMISE_MS);
  expect(told).toEqual(['the file is gone']);
  expect(store.usageWrites).toEqual([['ann']]);
  await journal.close();
});

test('while the store fails no more digests wait than it would keep twice, the newest of them', async () => {
  const { store, journal } = set();
  store.failure = 'the disk is full';
  for (let i = 0; i < 100; i += 1) {
    journal.appendDigest('hello', String(i).padStart(16, '0'));
    if (i % 10 === 0) await flush(journal);
  }
  store.failure = null;
  await flush(journal);
  expect(store.hellos.length).toBeLessThanOrEqual(2 * KEEP);
  expect(store.hellos.slice(-KEEP)).toEqual([96, 97, 98, 99].map((i) => String(i).padStart(16, '0')));
  await journal.close();
});
