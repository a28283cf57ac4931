import { constants, Database } from 'bun:sqlite';
import { pathToFileURL } from 'node:url';
import { paddedCopy } from './pad-file.ts';
import { SCHEMA_VERSION } from './schema.ts';
import {
  type Digests,
  type Kept,
  NOTHING_KEPT,
  type ReplayKind,
  type StoredProfile,
  type StoredUsage,
  type StoredUser,
} from './store.ts';

/** How long a look waits for a process that has the whole file to itself. Writers of a running proxy hold nobody up. */
const BUSY_TIMEOUT_MS = 2_000;

const KEY_BYTES = 16;

export type Part = keyof Kept;

/** What could be read of a file, part by part; null: the part makes no sense. */
export type ReadParts = { readonly [K in Part]: Kept[K] | null };

export interface ReadFile {
  readonly parts: ReadParts;
  /** Why the file can't be relied on; null: it can. */
  readonly damage: string | null;
}

/** A file that SQLite takes for a database though it is none of ours: an empty one above all. */
class NotOurs extends Error {}

/**
 * Reads the store's file without changing it, beside a proxy that may be running.
 * @throws what is no damage: no permission, locked for too long, a later version
 */
export function readFile(file: string): ReadFile {
  try {
    using db = openToRead(file);
    return readDatabase(db);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { parts: partsOfCutOff(file) ?? NO_FILE.parts, damage: reasonOf(error) };
  }
}

/** Only its users and what they have used; short, since nothing else is looked at. @throws when they can't be read */
export function readUsers(file: string): Pick<Kept, 'users' | 'usage'> {
  using db = openToRead(file);
  return { users: users(db), usage: usage(db) };
}

/** What is read of something that has the file's name and is none. */
export const NO_FILE: ReadFile = {
  parts: { users: null, usage: null, replays: null, profiles: null },
  damage: 'it is no file',
};

/** What could be read; of the rest nothing. */
export function keptOf(parts: ReadParts): Kept {
  return {
    users: parts.users ?? NOTHING_KEPT.users,
    usage: parts.usage ?? NOTHING_KEPT.usage,
    replays: parts.replays ?? NOTHING_KEPT.replays,
    profiles: parts.profiles ?? NOTHING_KEPT.profiles,
  };
}

function partsOfCutOff(file: string): ReadParts | null {
  const padded = paddedCopy(file);
  if (padded === null) return null;
  try {
    using db = Database.deserialize(padded, { readonly: true });
    return readDatabase(db).parts;
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

function readDatabase(db: Database): ReadFile {
  const damage = damageOf(db);
  const parts = {
    users: attempt(() => users(db)),
    usage: attempt(() => usage(db)),
    replays: attempt(() => replays(db)),
    profiles: attempt(() => profiles(db)),
  };
  const isWhole = Object.values(parts).every((part) => part !== null);
  return { parts, damage: damage ?? (isWhole ? null : 'some of its tables cannot be read') };
}

/** @throws NotOurs, or what SQLite says */
function openToRead(file: string): Database {
  const db = open(file);
  try {
    const version = db.query<{ user_version: number }, []>('PRAGMA user_version').get()?.user_version ?? 0;
    if (version > SCHEMA_VERSION) throw new Error(`${file} was written by a later version of Petrel`);
    if (version < SCHEMA_VERSION) throw new NotOurs('no database of Petrel');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Where nothing may be written SQLite can't open a file that is written in the present way, unless told that nobody writes. */
function open(file: string): Database {
  try {
    return look(new Database(file, { readonly: true }));
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_CANTOPEN') throw error;
    const still = `${pathToFileURL(file).href}?immutable=1`;
    return look(new Database(still, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI));
  }
}

/** The first look into the file; opening it alone looks at nothing. */
function look(db: Database): Database {
  try {
    db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.query('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function damageOf(db: Database): string | null {
  try {
    const found = db.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').get()?.quick_check ?? '';
    return found === 'ok' ? null : (found.split('\n').at(-1) ?? found);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return reasonOf(error);
  }
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

function users(db: Database): StoredUser[] {
  const found = db.query<StoredUser, []>('SELECT name, key FROM users ORDER BY rowid').all();
  if (found.some(({ name, key }) => name === '' || key.length !== KEY_BYTES))
    throw new NotOurs('keys of another length');
  return found;
}

function usage(db: Database): StoredUsage[] {
  return db.query<StoredUsage, []>('SELECT name, uplink AS uplinkBytes, downlink AS downlinkBytes FROM usage').all();
}

function replays(db: Database): Digests {
  const of = (kind: ReplayKind) =>
    db
      .query<{ digest: Uint8Array }, [string]>('SELECT digest FROM replays WHERE kind = ? ORDER BY id')
      .all(kind)
      .map(({ digest }) => Buffer.from(digest).toString('latin1'));
  return { hello: of('hello'), header: of('header') };
}

function profiles(db: Database): StoredProfile[] {
  return db.query<StoredProfile, []>('SELECT domain, text FROM profiles').all();
}

/** What SQLite calls a file that is no database, pages that make no sense, and tables that are missing. */
const DAMAGE: readonly string[] = ['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_ERROR'];

function isDamage(error: unknown): boolean {
  return error instanceof NotOurs || DAMAGE.some((code) => codeOf(error).startsWith(code));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
