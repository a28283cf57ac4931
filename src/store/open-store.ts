import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../kit/log.ts';
import { MemoryStore } from './memory-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { Store } from './store.ts';

export const STORE_FILE = 'petrel.db';
const OWNER_ONLY_FOLDER = 0o700;

/** Opens the store in the data folder; where that can't be used the proxy goes on with memory and says so. */
export function openStore(dataDir: string, log: Log): Store {
  try {
    mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY_FOLDER });
    return new SqliteStore(join(dataDir, STORE_FILE));
  } catch (error) {
    log.warn('the data folder cannot be used: users made here, quotas and replay digests last only until the stop', {
      folder: dataDir,
      reason: error instanceof Error ? error.message : String(error),
    });
    return new MemoryStore();
  }
}
