import { Database } from 'bun:sqlite';
import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex, latin1 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { MemoryStore } from './memory-store.ts';
import { openStore, STORE_FILE } from './open-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { Store, StoredUsage } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'petrel-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function freshFile(): string {
  files += 1;
  return join(folder, `${files}.db`);
}

const KEYS = [1, 2, 3].map((number) => new Uint8Array(16).fill(number));
const [ONE, TWO, THREE] = KEYS as [Uint8Array, Uint8Array, Uint8Array];

/** Every byte there is, in 16 digests of 16 characters. */
const DIGESTS = Array.from({ length: 16 }, (_, row) =>
  String.fromCharCode(...Array.from({ length: 16 }, (__, column) => 16 * row + column)),
);

function usageOf(name: string, uplinkBytes: number, downlinkBytes: number): StoredUsage {
  return { name, uplinkBytes, downlinkBytes };
}

function byName(usage: readonly StoredUsage[]): StoredUsage[] {
  return [...usage].sort((a, b) => a.name.localeCompare(b.name)).map((entry) => ({ ...entry }));
}

describe.each<[string, () => Store]>([
  ['MemoryStore', () => new MemoryStore()],
  ['SqliteStore', () => new SqliteStore(freshFile())],
])('a %s', (_name, open) => {
  test('is empty at first', () => {
    const store = open();
    expect(store.users()).toEqual([]);
    expect(store.usage()).toEqual([]);
    expect(store.replays('hello')).toEqual([]);
    expect(store.replays('header')).toEqual([]);
    store.close();
  });

  test('keeps users in the order in which they were made', () => {
    const store = open();
    store.addUser({ name: 'zoe', key: ONE });
    store.addUser({ name: 'ann', key: TWO });
    expect(store.users().map(({ name }) => name)).toEqual(['zoe', 'ann']);
    expect(store.users().map(({ key }) => hex(key))).toEqual([hex(ONE), hex(TWO)]);
    store.close();
  });

  test('gives a user of the same name the new key', () => {
    const store = open();
    store.addUser({ name: 'ann', key: ONE });
    store.addUser({ name: 'ann', key: THREE });
    expect(store.users().map(({ name, key }) => [name, hex(key)])).toEqual([['ann', hex(THREE)]]);
    store.close();
  });

  test('keeps the last usage of each user, others untouched, beyond 32 bits', () => {
    const store = open();
    store.saveUsage([usageOf('ann', 1, 2), usageOf('bob', 3, 4)]);
    store.saveUsage([usageOf('ann', 10, 2 ** 45 + 1)]);
    store.saveUsage([]);
    expect(byName(store.usage())).toEqual([usageOf('ann', 10, 2 ** 45 + 1), usageOf('bob', 3, 4)]);
    store.close();
  });

  test('keeps the last text of each domain', () => {
    const store = open();
    store.saveProfileText('a.example.org', '{"first":true}');
    store.saveProfileText('b.example.org', 'b');
    store.saveProfileText('a.example.org', '{"second":true}');
    expect(store.profileTexts().sort()).toEqual(['b', '{"second":true}']);
    store.close();
  });

  test('gives digests back as they were, oldest first, each kind its own', () => {
    const store = open();
    store.saveReplays('hello', DIGESTS.slice(0, 8), 100);
    store.saveReplays('hello', DIGESTS.slice(8), 100);
    store.saveReplays('header', DIGESTS.slice(0, 1), 100);
    expect(store.replays('hello')).toEqual(DIGESTS);
    expect(store.replays('header')).toEqual(DIGESTS.slice(0, 1));
    store.close();
  });

  test('forgets all but the newest', () => {
    const store = open();
    store.saveReplays('header', DIGESTS, 100);
    store.saveReplays('hello', DIGESTS, 4);
    expect(store.replays('hello')).toEqual(DIGESTS.slice(-4));
    store.saveReplays('hello', DIGESTS.slice(0, 2), 4);
    expect(store.replays('hello')).toEqual([...DIGESTS.slice(-2), ...DIGESTS.slice(0, 2)]);
    store.saveReplays('hello', [], 1);
    expect(store.replays('hello')).toEqual(DIGESTS.slice(1, 2));
    store.saveReplays('hello', [], 0);
    expect(store.replays('hello')).toEqual([]);
    expect(store.replays('header')).toEqual(DIGESTS);
    store.close();
  });

  test('a digest that is saved again is the newest, and there once', () => {
    const store = open();
    const [a, b, c] = DIGESTS as [string, string, string];
    store.saveReplays('hello', [a, b], 3);
    store.saveReplays('hello', [c, a, a], 3);
    expect(store.replays('hello')).toEqual([b, c, a]);
    store.close();
  });
});

describe('the file of a SqliteStore', () => {
  test('keeps everything over a reopening', () => {
    const file = freshFile();
    const before = new SqliteStore(file);
    const key = systemRandom(16);
    before.addUser({ name: 'ann', key });
    before.saveUsage([usageOf('ann', 5, 6)]);
    before.saveReplays('hello', DIGESTS, 100);
    before.close();
    const after = new SqliteStore(file);
    expect(after.users().map((user) => [user.name, hex(user.key)])).toEqual([['ann', hex(key)]]);
    expect(byName(after.usage())).toEqual([usageOf('ann', 5, 6)]);
    expect(after.replays('hello')).toEqual(DIGESTS);
    after.close();
  });

  test('has what was saved while it is open, for another process and after a kill', () => {
    const file = freshFile();
    const store = new SqliteStore(file);
    store.saveUsage([usageOf('ann', 5, 6)]);
    const other = new Database(file, { readonly: true });
    expect(other.query('SELECT uplink, downlink FROM usage').all()).toEqual([{ uplink: 5, downlink: 6 }]);
    other.close();
    store.close();
  });

  test('takes a few digests quickly, however many it keeps: sessions wait meanwhile', () => {
    const keep = 100_000;
    const random = systemRandom(16 * (keep + 100));
    const digests = Array.from({ length: keep + 100 }, (_, index) =>
      latin1(random.subarray(16 * index, 16 * index + 16)),
    );
    const store = new SqliteStore(freshFile());
    const start = performance.now();
    store.saveReplays('hello', digests.slice(0, keep), keep);
    const filled = performance.now();
    store.saveReplays('hello', digests.slice(keep), keep);
    expect(performance.now() - filled).toBeLessThan((filled - start) / 10);
    expect(store.replays('hello')).toHaveLength(keep);
    store.close();
  });

  test('is for its owner only, its side files too, whatever the mode before', async () => {
    const file = freshFile();
    await Bun.write(file, '');
    const store = new SqliteStore(file);
    store.addUser({ name: 'ann', key: ONE });
    const side = readdirSync(folder).filter((name) => join(folder, name).startsWith(file));
    expect(side.length).toBeGreaterThan(1); // the write-ahead log is there too
    for (const name of side) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    store.close();
  });

  test('of a later version is refused, and stays as it is', () => {
    const file = freshFile();
    new SqliteStore(file).close();
    const later = new Database(file);
    later.run('PRAGMA user_version = 2');
    later.close();
    expect(() => new SqliteStore(file)).toThrow('later version');
    const after = new Database(file);
    expect(after.query('PRAGMA user_version').get()).toEqual({ user_version: 2 });
    after.close();
  });

  test('that is no database is refused, and stays as it is', async () => {
    const file = freshFile();
    await Bun.write(file, 'a shopping list, surely longer than the header of a database file would be: '.repeat(20));
    expect(() => new SqliteStore(file)).toThrow();
    expect(await Bun.file(file).text()).toStartWith('a shopping list');
  });
});

describe('opening the store of a data folder', () => {
  test('makes the folder, for its owner only', () => {
    const path = join(folder, 'new', 'data');
    const { store, trouble } = openStore(path);
    expect(store).toBeInstanceOf(SqliteStore);
    expect(trouble).toBeNull();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(existsSync(join(path, STORE_FILE))).toBe(true);
    store.close();
  });

  test('where the folder cannot be used it goes on with memory, and says why', async () => {
    const path = join(folder, 'in-the-way');
    await Bun.write(path, 'a file');
    const { store, trouble } = openStore(path);
    expect(store).toBeInstanceOf(MemoryStore);
    expect(trouble).toEqual({ kind: 'unusable', reason: expect.stringContaining(path) });
    store.addUser({ name: 'ann', key: ONE });
    expect(store.users()).toHaveLength(1);
  });

  test('a database that is none is told as damaged, by its name', async () => {
    const path = join(folder, 'damaged');
    const file = join(path, STORE_FILE);
    await Bun.write(file, 'no database at all, but somebody may want it back'.repeat(20));
    const { store, trouble } = openStore(path);
    expect(store).toBeInstanceOf(MemoryStore);
    expect(trouble).toEqual({ kind: 'damaged', reason: expect.stringContaining(`${file}: file is not a database`) });
  });
});

describe('whether what is saved outlives the process', () => {
  test('a file that is there and can be written is well', () => {
    const store = new SqliteStore(freshFile());
    expect(() => store.check()).not.toThrow();
    store.close();
  });

  test.each(['removed', 'replaced'])('a file that was %s under us is told', async (how) => {
    const file = freshFile();
    const store = new SqliteStore(file);
    rmSync(file);
    if (how === 'replaced') new SqliteStore(file).close();
    expect(() => store.check()).toThrow(`${file} is gone`);
    store.close();
  });
});
