import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Prng } from '../../test/support/prng.ts';
import { createFile } from './create-file.ts';
import { MemoryStore } from './memory-store.ts';
import { openStore, STORE_FILE } from './open-store.ts';
import type { Kept } from './store.ts';
import { StoreThread } from './store-thread.ts';

let path = '';
let file = '';
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'petrel-store-'));
  file = join(path, STORE_FILE);
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const noise = new Prng(7);
const digests = Array.from({ length: 3_000 }, () => Buffer.from(noise.bytes(16)).toString('latin1'));

/** Some 50 pages. */
const KEPT: Kept = {
  users: [{ name: 'user1', key: new Uint8Array(16).fill(7) }],
  usage: [{ name: 'user1', uplinkBytes: 5, downlinkBytes: 6 }],
  replays: { hello: digests, header: digests.slice(0, 10) },
  profiles: [{ domain: 'a.example.org', text: 'one' }],
};
const PAGE_BYTES = 4096;

/** Writes over a part of the file. */
function overwrite(from: number, length: number): void {
  const bytes = readFileSync(file);
  bytes.set(noise.bytes(Math.min(length, bytes.length - from)), from);
  writeFileSync(file, bytes);
}

function names(): string[] {
  return readdirSync(path).sort();
}

/** Everything in the folder, byte by byte. */
function picture(): Record<string, string> {
  const isRegular = (name: string) => statSync(join(path, name)).isFile();
  return Object.fromEntries(
    names().map((name) => [name, isRegular(name) ? readFileSync(join(path, name), 'hex') : '/']),
  );
}

const middle = () => Math.floor(statSync(file).size / PAGE_BYTES / 2) * PAGE_BYTES;

/** What damages the file, and whether the users in it can be told apart from the rest. */
const DAMAGES: readonly [string, () => void, 'users are lost' | 'users are rescued'][] = [
  ['truncated to nothing', () => truncateSync(file, 0), 'users are lost'],
  ['truncated to half a header', () => truncateSync(file, 50), 'users are lost'],
  ['truncated to half', () => truncateSync(file, middle() + 100), 'users are rescued'],
  ['overwritten with noise', () => overwrite(0, statSync(file).size), 'users are lost'],
  ['overwritten with zeros', () => writeFileSync(file, new Uint8Array(statSync(file).size)), 'users are lost'],
  ['with a damaged header', () => overwrite(0, 100), 'users are lost'],
  ['with a damaged page in the middle', () => overwrite(middle(), PAGE_BYTES), 'users are rescued'],
  ['that is a text', () => writeFileSync(file, 'a shopping list, longer than a header. '.repeat(30)), 'users are lost'],
  [
    'that is a folder',
    () => {
      rmSync(file);
      mkdirSync(file);
      writeFileSync(join(file, 'inside'), 'something');
    },
    'users are lost',
  ],
];

describe('a file in order', () => {
  test('is made with its folder, for its owner only', async () => {
    const deep = join(path, 'new', 'data');
    const { store, trouble, kept } = openStore(deep, false);
    expect([trouble, kept.users]).toEqual([null, []]);
    expect(statSync(deep).mode & 0o777).toBe(0o700);
    expect(statSync(join(deep, STORE_FILE)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  test('is read whole, and stays as it is', () => {
    createFile(file, KEPT);
    const before = readFileSync(file);
    const { kept, trouble } = openStore(path, true);
    expect(trouble).toBeNull();
    expect(kept.replays).toEqual(KEPT.replays);
    expect([kept.usage, kept.profiles, kept.users[0]?.key]).toEqual([KEPT.usage, KEPT.profiles, KEPT.users[0]?.key]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test.each([0o000, 0o666])('of another mode (%o) gets its own back', async (mode) => {
    createFile(file, KEPT);
    await Bun.$`chmod ${mode.toString(8)} ${file}`;
    const { kept, trouble } = openStore(path, true);
    expect([trouble, kept.users.length]).toEqual([null, 1]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('that was left half made by an earlier start does not count', () => {
    writeFileSync(`${file}.new`, 'half');
    expect(openStore(path, false).trouble).toBeNull();
    expect(names()).not.toContain(`${STORE_FILE}.new`);
  });
});

describe.each(DAMAGES)('a file %s', (_what, damage, users) => {
  test('is set aside whole and named, a new one is in its place', async () => {
    createFile(file, KEPT);
    damage();
    const before = picture()[STORE_FILE];
    const { store, trouble, kept } = openStore(path, true);
    const aside = names().find((name) => name.startsWith(`${STORE_FILE}.damaged-`)) ?? '';
    expect(picture()[aside]).toBe(before ?? '');
    expect(trouble?.kind).toBe('damaged');
    expect(trouble?.reason).toStartWith(`${file}: `);
    expect(trouble?.reason).toContain(`set aside as ${join(path, aside)}`);
    expect(trouble?.reason).toContain('lost: ');
    expect(trouble?.reason.includes('users that Petrel made')).toBe(users === 'users are lost');
    expect(kept.users.map(({ name }) => name)).toEqual(users === 'users are lost' ? [] : ['user1']);
    expect(store).toBeInstanceOf(StoreThread);
    expect(await store.write({ usage: KEPT.usage, replays: KEPT.replays, keep: 5_000, profiles: [] })).toBeNull();
    await store.close();
    const next = openStore(path, true);
    expect(next.trouble).toBeNull();
    expect(next.kept.users).toEqual(kept.users);
    expect(next.kept.usage).toEqual(KEPT.usage);
  });

  test('where nobody else is configured: nothing is touched unless its users are rescued', () => {
    createFile(file, KEPT);
    damage();
    const before = picture();
    if (users === 'users are rescued') {
      expect(openStore(path, false).kept.users).toHaveLength(1);
      return;
    }
    for (let start = 1; start <= 2; start += 1) expect(() => openStore(path, false)).toThrow(`${file} cannot be read`);
    const { [`${STORE_FILE}-shm`]: _, [`${STORE_FILE}-wal`]: __, ...after } = picture(); // SQLite looks for them
    expect(after).toEqual(before);
  });
});

describe('a write-ahead log', () => {
  /** A folder as a killed process leaves it: the last batch stands in the log alone. */
  async function kill(): Promise<void> {
    createFile(file, KEPT);
    const { store } = openStore(path, true);
    await store.write({
      usage: [{ name: 'ann', uplinkBytes: 1, downlinkBytes: 1 }],
      replays: { hello: [], header: [] },
      keep: 9_999,
      profiles: [],
    });
    const left = Object.fromEntries(['', '-wal'].map((end) => [end, readFileSync(`${file}${end}`)]));
    await store.close();
    for (const [end, bytes] of Object.entries(left)) writeFileSync(`${file}${end}`, bytes);
  }

  test('of a killed process is in order', async () => {
    await kill();
    const { kept, trouble } = openStore(path, true);
    expect(trouble).toBeNull();
    expect(kept.usage).toHaveLength(2);
  });

  test.each([20, 32, 5_000])('that is garbage of %d bytes is set aside and named, the rest is kept', async (length) => {
    createFile(file, KEPT);
    const garbage = noise.bytes(length);
    writeFileSync(`${file}-wal`, garbage);
    const { kept, trouble, store } = openStore(path, true);
    const aside = names().find((name) => name.startsWith(`${STORE_FILE}-wal.damaged-`)) ?? '';
    expect(readFileSync(join(path, aside)).equals(garbage)).toBe(true);
    expect(trouble).toEqual({ kind: 'damaged', reason: expect.stringContaining(`set aside as ${join(path, aside)}`) });
    expect(kept.users).toHaveLength(1);
    expect(kept.usage).toEqual(KEPT.usage);
    expect(await store.write({ ...KEPT, keep: 5_000 })).toBeNull();
    await store.close();
  });

  test('that is damaged beside a file without users may hold some', () => {
    createFile(file, { ...KEPT, users: [] });
    writeFileSync(`${file}-wal`, noise.bytes(5_000));
    expect(() => openStore(path, false)).toThrow('write-ahead log');
    expect(existsSync(`${file}-wal`)).toBe(true);
  });
});

describe('a folder that cannot be used', () => {
  test('is done without, and told; it holds no users', () => {
    const inTheWay = join(path, 'in-the-way');
    writeFileSync(inTheWay, 'a file');
    const { store, trouble, kept } = openStore(inTheWay, false);
    expect(store).toBeInstanceOf(MemoryStore);
    expect(trouble).toEqual({ kind: 'unusable', reason: expect.stringContaining(inTheWay) });
    expect(kept.users).toEqual([]);
  });

  test('a file of a later version is left alone: configured users are served without it', async () => {
    createFile(file, KEPT);
    const { Database } = await import('bun:sqlite');
    const later = new Database(file);
    later.run('PRAGMA user_version = 2');
    later.close();
    const before = readFileSync(file);
    const { store, trouble } = openStore(path, true);
    expect(store).toBeInstanceOf(MemoryStore);
    expect(trouble).toEqual({ kind: 'unusable', reason: `${file} was written by a later version of Petrel` });
    expect(() => openStore(path, false)).toThrow('later version');
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});
