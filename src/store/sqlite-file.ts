import { Database } from 'bun:sqlite';
import { statSync } from 'node:fs';
import { SCHEMA_VERSION, TABLES } from './schema.ts';
import type { Batch, ReplayKind, StoredUser } from './store.ts';

/** How long a write waits for another process that has the file locked; the store's own thread waits, nobody else. */
const BUSY_TIMEOUT_MS = 2_000;

/** NORMAL: at a checkpoint only. */
type Syncs = 'NORMAL' | 'OFF';

/**
 * The store's one SQLite file, open for writing. Every call may take as long as the disk does. A crash of the process loses
 * nothing that was written; a crash of the machine may lose the last seconds (no fsync for each write).
 */
export class SqliteFile {
  readonly #db: Database;
  readonly inode: number;

  /**
   * @param file one that `createFile` has made
   * @param syncs off where nobody relies on the file yet
   * @throws when it is gone, or no database of this version
   */
  constructor(file: string, syncs: Syncs = 'NORMAL') {
    this.inode = statSync(file).ino;
    this.#db = new Database(file, { readwrite: true, create: false });
    try {
      prepare(this.#db, file, syncs);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  addUser({ name, key }: StoredUser): void {
    this.#db.run('INSERT OR REPLACE INTO users (name, key) VALUES (?, ?)', [name, key]);
  }

  write({ usage, replays, keep, profiles }: Batch): void {
    if (usage.length + profiles.length + replays.hello.length + replays.header.length === 0) return;
    const saveUsage = this.#db.query('INSERT OR REPLACE INTO usage (name, uplink, downlink) VALUES (?, ?, ?)');
    const saveProfile = this.#db.query('INSERT OR REPLACE INTO profiles (domain, text) VALUES (?, ?)');
    this.#db.transaction(() => {
      for (const { name, uplinkBytes, downlinkBytes } of usage) saveUsage.run(name, uplinkBytes, downlinkBytes);
      for (const { domain, text } of profiles) saveProfile.run(domain, text);
      this.#saveReplays('hello', replays.hello, keep);
      this.#saveReplays('header', replays.header, keep);
    })();
  }

  close(): void {
    this.#db.close();
  }

  #saveReplays(kind: ReplayKind, digests: readonly string[], keep: number): void {
    if (digests.length === 0) return;
    const save = this.#db.query('INSERT OR REPLACE INTO replays (kind, digest) VALUES (?, ?)');
    // All up to the newest that is too many: a walk along the index, short also with a million digests.
    const prune = this.#db.query(`
      DELETE FROM replays
      WHERE kind = ?1 AND id <= (SELECT id FROM replays WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
    `);
    for (const digest of digests) save.run(kind, Buffer.from(digest, 'latin1'));
    prune.run(kind, keep);
  }
}

function prepare(db: Database, file: string, syncs: Syncs): void {
  db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const found = db.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0;
  if (found > SCHEMA_VERSION) throw new Error(`${file} was written by a later version of Petrel`);
  db.run(`PRAGMA synchronous = ${syncs}`);
  db.run('PRAGMA journal_mode = WAL');
  db.run(TABLES);
  // Only where it changes something: a file that another process has locked can be opened all the same.
  if (found !== SCHEMA_VERSION) db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}
