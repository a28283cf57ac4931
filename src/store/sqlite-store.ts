import { Database } from 'bun:sqlite';
import { accessSync, chmodSync, closeSync, constants, openSync, statfsSync, statSync } from 'node:fs';
import type { ReplayKind, Store, StoredUsage, StoredUser } from './store.ts';

/** Counted up when tables change; a file of a later version is refused. */
const SCHEMA_VERSION = 1;
const OWNER_ONLY = 0o600;
/** How long a write waits for another process that has the file locked. */
const BUSY_TIMEOUT_MS = 2_000;

/** What some minutes of usage and digests take. */
const LEAST_ROOM_BYTES = 1024 * 1024;

const TABLES = `
  CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS usage (name TEXT PRIMARY KEY, uplink INTEGER NOT NULL, downlink INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS replays (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, digest BLOB NOT NULL, UNIQUE (kind, digest)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS profiles (domain TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS replays_by_age ON replays (kind, id);
`;

/**
 * The embedded store: one SQLite file that only its owner may read. A crash of the process loses nothing that
 * was saved; a crash of the machine may lose the last seconds (no fsync for each write).
 */
export class SqliteStore implements Store {
  readonly isLasting = true;
  readonly #db: Database;
  readonly #file: string;
  readonly #inode: number;

  /** @throws when the file can't be made, is no database, or comes from a later version */
  constructor(file: string) {
    closeSync(openSync(file, 'a', OWNER_ONLY));
    chmodSync(file, OWNER_ONLY); // before anything secret is in it; SQLite gives its side files the same mode
    this.#file = file;
    this.#inode = statSync(file).ino;
    this.#db = new Database(file);
    this.#db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.#db.run('PRAGMA journal_mode = WAL');
    this.#db.run('PRAGMA synchronous = NORMAL');
    this.#migrate(file);
  }

  users(): StoredUser[] {
    return this.#db.query<StoredUser, []>('SELECT name, key FROM users ORDER BY rowid').all();
  }

  addUser({ name, key }: StoredUser): void {
    this.#db.run('INSERT OR REPLACE INTO users (name, key) VALUES (?, ?)', [name, key]);
  }

  usage(): StoredUsage[] {
    return this.#db
      .query<StoredUsage, []>('SELECT name, uplink AS uplinkBytes, downlink AS downlinkBytes FROM usage')
      .all();
  }

  saveUsage(usage: readonly StoredUsage[]): void {
    const save = this.#db.query('INSERT OR REPLACE INTO usage (name, uplink, downlink) VALUES (?, ?, ?)');
    this.#db.transaction(() => {
      for (const { name, uplinkBytes, downlinkBytes } of usage) save.run(name, uplinkBytes, downlinkBytes);
    })();
  }

  replays(kind: ReplayKind): string[] {
    return this.#db
      .query<{ digest: Uint8Array }, [string]>('SELECT digest FROM replays WHERE kind = ? ORDER BY id')
      .all(kind)
      .map(({ digest }) => Buffer.from(digest).toString('latin1'));
  }

  saveReplays(kind: ReplayKind, digests: readonly string[], keep: number): void {
    const save = this.#db.query('INSERT OR REPLACE INTO replays (kind, digest) VALUES (?, ?)');
    // All up to the newest that is too many: a walk along the index, short also with a million digests.
    const prune = this.#db.query(`
      DELETE FROM replays
      WHERE kind = ?1 AND id <= (SELECT id FROM replays WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
    `);
    this.#db.transaction(() => {
      for (const digest of digests) save.run(kind, Buffer.from(digest, 'latin1'));
      prune.run(kind, keep);
    })();
  }

  profileTexts(): string[] {
    return this.#db
      .query<{ text: string }, []>('SELECT text FROM profiles')
      .all()
      .map(({ text }) => text);
  }

  saveProfileText(domain: string, text: string): void {
    this.#db.run('INSERT OR REPLACE INTO profiles (domain, text) VALUES (?, ?)', [domain, text]);
  }

  check(): void {
    const found = statSync(this.#file, { throwIfNoEntry: false });
    if (found?.ino !== this.#inode) throw new Error(`${this.#file} is gone: it was removed or replaced`);
    accessSync(this.#file, constants.W_OK);
    const { blocks, bavail, bsize } = statfsSync(this.#file);
    // Some file systems don't tell, and say 0 of 0.
    if (blocks > 0 && bavail * bsize < LEAST_ROOM_BYTES) throw new Error(`the disk of ${this.#file} is full`);
  }

  close(): void {
    this.#db.close();
  }

  #migrate(file: string): void {
    const found = this.#db.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0;
    if (found > SCHEMA_VERSION) throw new Error(`${file} was written by a later version of Petrel`);
    this.#db.run(TABLES);
    this.#db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  }
}
