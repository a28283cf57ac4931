import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { STORE_FILE } from '../store/open-store.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import type { StoredUsage, StoredUser } from '../store/store.ts';

/** What a running (or stopped) proxy keeps of users in its data folder. */
export interface KeptOfUsers {
  /** Those that it made itself. */
  readonly users: readonly StoredUser[];
  readonly usage: readonly StoredUsage[];
}

/** Nothing when it has never kept anything. @throws when it may not be read, or makes no sense */
export function keptOfUsers({ dataDir }: Pick<Config, 'dataDir'>): KeptOfUsers {
  const file = join(dataDir, STORE_FILE);
  if (!existsSync(file)) return { users: [], usage: [] };
  const store = new SqliteStore(file);
  try {
    return { users: store.users(), usage: store.usage() };
  } finally {
    store.close();
  }
}

export function storedUsers(config: Pick<Config, 'dataDir'>): readonly StoredUser[] {
  return keptOfUsers(config).users;
}
