import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { STORE_FILE } from '../store/open-store.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import type { StoredUser } from '../store/store.ts';

/** The users that a running (or stopped) proxy keeps in its data folder; none when it has never kept anything. */
export function storedUsers({ dataDir }: Config): StoredUser[] {
  const file = join(dataDir, STORE_FILE);
  if (!existsSync(file)) return [];
  const store = new SqliteStore(file);
  try {
    return store.users();
  } finally {
    store.close();
  }
}
