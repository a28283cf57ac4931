import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { copyFileSync, mkdirSync } from 'node:fs';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { secretOf, USER_KEY } from '../support/proxy.ts';
import { slowSync } from '../support/slow-sync.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0\n[mask]\nenabled = false`;
const WORDS = utf8('a message of a phone');
/** A write used to hold everybody up for seconds; a busy test machine for less. */
const MOST_MS = 1_000;
const SYNC_MS = 2_000;
/** From so many pages on SQLite moves its log into the database, and syncs both. */
const PAGES_BEFORE_CHECKPOINT = 1_000;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

async function connect({ port }: PetrelProcess): Promise<SimulatedClient> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret: secretOf('ee') });
  await client.echo(WORDS);
  return client;
}

/** Echoes, and connects anew, until told to stop. @returns the longest wait */
async function longestWait(petrel: PetrelProcess, isOver: () => boolean): Promise<number> {
  const client = await connect(petrel);
  let longest = 0;
  const timed = async (step: () => Promise<unknown>) => {
    const start = performance.now();
    await step();
    longest = Math.max(longest, performance.now() - start);
  };
  while (!isOver()) {
    await timed(() => client.echo(WORDS));
    await timed(async () => (await connect(petrel)).close());
    await Bun.sleep(5); // a pace, not a wait: thousands of connections would only heat the machine
  }
  client.close();
  return longest;
}

test.concurrent('a database that another process has locked holds up neither echoes nor new clients', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  await using petrel = await PetrelProcess.serving(folder);
  const lock = new Database(folder.file('data/petrel.db'));
  lock.run('BEGIN EXCLUSIVE');
  // It is told when a write has waited in vain, which is when the first one used to let clients go on.
  const longest = await longestWait(petrel, () => petrel.logged('the data folder cannot be written').length > 0);
  expect(longest).toBeLessThan(MOST_MS);
  expect(petrel.logged('the data folder cannot be written')[0]?.message).toContain('locked');

  lock.run('ROLLBACK');
  await petrel.told('warning cleared', 1, 10_000);
  const saved = lock.query<{ bytes: number }, []>('SELECT uplink + downlink AS bytes FROM usage');
  expect(saved.get()?.bytes).toBeGreaterThan(0);
  lock.close();
});

/** Leaves a data folder whose next write leads to a checkpoint, as a killed proxy would after a long run. */
async function fillLog(folder: PetrelFolder): Promise<void> {
  {
    await using first = await PetrelProcess.serving(folder);
    first.signal('SIGTERM');
    await first.exited;
  }
  const file = folder.file('data/petrel.db');
  const db = new Database(file);
  db.run('PRAGMA wal_autocheckpoint = 0');
  const save = db.query("INSERT OR REPLACE INTO profiles VALUES ('filler.example.org', ?)");
  for (let page = 0; page < PAGES_BEFORE_CHECKPOINT; page += 10) save.run('x'.repeat(10 * 4096));
  mkdirSync(folder.file('left'));
  for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, folder.file(`left/petrel.db${end}`));
  db.close();
}

test.concurrent('a disk that is slow to sync holds up neither echoes nor new clients', async () => {
  using folder = new PetrelFolder();
  const env = await slowSync(folder.path, SYNC_MS);
  if (env === null) return console.warn('skipped: no C compiler, by which a slow disk is imitated');
  folder.configure({ dcPort: dc.port, toml: ALICE });
  await fillLog(folder);
  await using petrel = await PetrelProcess.serving(folder, { env, args: ['--data-dir', folder.file('left')] });
  const log = Bun.file(folder.file('left/petrel.db-wal'));
  const before = log.lastModified;
  let written = 0;
  const isSynced = () => {
    if (written === 0 && Bun.file(folder.file('left/petrel.db-wal')).lastModified > before) written = performance.now();
    return written !== 0 && performance.now() - written > 2 * SYNC_MS;
  };
  expect(await longestWait(petrel, isSynced)).toBeLessThan(MOST_MS);
});
