import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_ONLY_FOLDER } from './folder-lock.ts';
import { MemoryStore } from './memory-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { StorageTrouble, Store } from './store.ts';

export const STORE_FILE = 'petrel.db';
/** What SQLite calls a file that is no database, and one whose pages make no sense. */
const DAMAGE = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

export interface OpenedStore {
  readonly store: Store;
  /** Why it is kept in memory alone; null: it isn't. */
  readonly trouble: StorageTrouble | null;
}

/** Opens the store in the data folder; where that can't be used the proxy goes on with memory. */
export function openStore(dataDir: string): OpenedStore {
  try {
    mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY_FOLDER });
    return { store: new SqliteStore(join(dataDir, STORE_FILE)), trouble: null };
  } catch (error) {
    return { store: new MemoryStore(), trouble: troubleOf(error, dataDir) };
  }
}

function troubleOf(error: unknown, dataDir: string): StorageTrouble {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : String(error);
  if (!DAMAGE.includes(code))
    return { kind: 'unusable', reason: text.includes(dataDir) ? text : `${dataDir}: ${text}` };
  return { kind: 'damaged', reason: `${join(dataDir, STORE_FILE)}: ${text}; quotas start at 0` };
}
