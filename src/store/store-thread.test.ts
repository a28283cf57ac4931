import { Database } from 'bun:sqlite';
import { afterAll, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex, latin1 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { createFile } from './create-file.ts';
import { keptOf, readFile, readUsers } from './read-file.ts';
import { SqliteFile } from './sqlite-file.ts';
import { type Batch, type Kept, NOTHING_KEPT, type StoredUsage } from './store.ts';
import { StoreThread } from './store-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'petrel-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let file = '';
let files = 0;
beforeEach(() => {
  files += 1;
  file = join(folder, `${files}.db`);
  createFile(file, NOTHING_KEPT);
});

const KEYS = [1, 2, 3].map((number) => new Uint8Array(16).fill(number));
const [ONE, TWO, THREE] = KEYS as [Uint8Array, Uint8Array, Uint8Array];

/** Every byte there is, in 16 digests of 16 characters. */
const DIGESTS = Array.from({ length: 16 }, (_, row) =>
  String.fromCharCode(...Array.from({ length: 16 }, (__, column) => 16 * row + column)),
);

function usageOf(name: string, uplinkBytes: number, downlinkBytes: number): StoredUsage {
  return { name, uplinkBytes, downlinkBytes };
}

function batch(some: Partial<Batch>): Batch {
  return { usage: [], profiles: [], replays: { hello: [], header: [] }, keep: 100, ...some };
}

function hellos(digests: readonly string[], keep = 100): Batch {
  return batch({ replays: { hello: digests, header: [] }, keep });
}

/** What a reader in another process sees. */
function kept(): Kept {
  const { parts, damage } = readFile(file);
  expect(damage).toBeNull();
  return keptOf(parts);
}

/** Writes batches, each of which has to be taken. */
async function write(...batches: readonly Batch[]): Promise<Kept> {
  const store = new StoreThread(file);
  for (const each of batches) expect(await store.write(each)).toBeNull();
  const seen = kept();
  await store.close();
  return seen;
}

test('a new file keeps nothing', () => {
  expect(kept()).toEqual(NOTHING_KEPT);
});

test('users stay in the order in which they were made, and have their last key', () => {
  const store = new StoreThread(file);
  store.addUser({ name: 'zoe', key: ONE });
  store.addUser({ name: 'ann', key: TWO });
  expect(kept().users.map(({ name, key }) => [name, hex(key)])).toEqual([
    ['zoe', hex(ONE)],
    ['ann', hex(TWO)],
  ]);
  store.addUser({ name: 'zoe', key: THREE });
  expect(readUsers(file).users.find(({ name }) => name === 'zoe')?.key).toEqual(THREE);
});

test('the last usage of each user stays, others untouched, beyond 32 bits', async () => {
  const { usage } = await write(
    batch({ usage: [usageOf('ann', 1, 2), usageOf('bob', 3, 4)] }),
    batch({ usage: [usageOf('ann', 10, 2 ** 45 + 1)] }),
    batch({}),
  );
  expect(usage).toHaveLength(2);
  expect(usage).toContainEqual(usageOf('ann', 10, 2 ** 45 + 1));
  expect(usage).toContainEqual(usageOf('bob', 3, 4));
});

test('the last text of each domain stays', async () => {
  const [a, b] = ['a.example.org', 'b.example.org'];
  const { profiles } = await write(
    batch({ profiles: [{ domain: a, text: 'first' }] }),
    batch({
      profiles: [
        { domain: b, text: 'other' },
        { domain: a, text: 'second' },
      ],
    }),
  );
  expect(profiles).toHaveLength(2);
  expect(profiles).toContainEqual({ domain: a, text: 'second' });
});

test('digests come back as they were, oldest first, each kind its own, after a reopening', async () => {
  await write(
    batch({ replays: { hello: DIGESTS.slice(0, 8), header: DIGESTS.slice(0, 1) } }),
    hellos(DIGESTS.slice(8)),
  );
  expect(kept().replays).toEqual({ hello: DIGESTS, header: DIGESTS.slice(0, 1) });
});

test('all but the newest digests are forgotten', async () => {
  await write(batch({ replays: { hello: [], header: DIGESTS } }));
  expect((await write(hellos(DIGESTS, 4))).replays.hello).toEqual(DIGESTS.slice(-4));
  const { replays } = await write(hellos(DIGESTS.slice(0, 2), 4));
  expect(replays.hello).toEqual([...DIGESTS.slice(-2), ...DIGESTS.slice(0, 2)]);
  expect(replays.header).toEqual(DIGESTS);
});

test('a digest that is saved again is the newest, and there once', async () => {
  const [a, b, c] = DIGESTS as [string, string, string];
  expect((await write(hellos([a, b], 3), hellos([c, a, a], 3))).replays.hello).toEqual([b, c, a]);
});

test('a few digests are taken quickly, however many are kept', () => {
  const [keep, turns, few] = [100_000, 5, 20];
  const random = systemRandom(16 * (keep + turns * few));
  const digests = Array.from({ length: keep + turns * few }, (_, i) => latin1(random.subarray(16 * i, 16 * i + 16)));
  const open = new SqliteFile(file);
  const start = performance.now();
  open.write(hellos(digests.slice(0, keep), keep));
  const fillMs = performance.now() - start;
  const times = Array.from({ length: turns }, (_, turn) => {
    const from = performance.now();
    open.write(hellos(digests.slice(keep + turn * few, keep + (turn + 1) * few), keep));
    return performance.now() - from;
  });
  expect(Math.min(...times)).toBeLessThan(fillMs / 10); // the best of some: others use the machine too
  open.close();
  expect(kept().replays.hello).toHaveLength(keep);
});

test('it is for its owner only, its side files too', async () => {
  const store = new StoreThread(file);
  await store.write(hellos(DIGESTS));
  const all = readdirSync(folder).filter((name) => join(folder, name).startsWith(file));
  expect(all.length).toBeGreaterThan(1); // the write-ahead log is there too
  for (const name of all) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  await store.close();
});

test('a file of a later version is refused, and stays as it is', async () => {
  const later = new Database(file);
  later.run('PRAGMA user_version = 2');
  later.close();
  expect(() => readFile(file)).toThrow('later version');
  const store = new StoreThread(file);
  await expect(store.write(hellos(DIGESTS))).rejects.toThrow('later version');
  await store.close();
});

test.each(['removed', 'replaced'])('a file that was %s under us is told, and not made anew', async (how) => {
  const store = new StoreThread(file);
  await store.write(batch({}));
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  if (how === 'replaced') createFile(file, NOTHING_KEPT);
  expect(await store.write(hellos(DIGESTS))).toBe(`${file} is gone: it was removed or replaced`);
  expect(existsSync(file)).toBe(how === 'replaced');
  await store.close();
});

test('a file that another process has locked fails after a while, and holds nobody up meanwhile', async () => {
  const other = new Database(file);
  other.run('BEGIN EXCLUSIVE');
  const store = new StoreThread(file);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 10);
  await expect(store.write(hellos(DIGESTS))).rejects.toThrow('locked');
  clearInterval(timer);
  expect(turns).toBeGreaterThan(20); // of about 200 in the two seconds that it waits
  other.run('ROLLBACK');
  other.close();
  expect(await store.write(hellos(DIGESTS))).toBeNull();
  await store.close();
});
