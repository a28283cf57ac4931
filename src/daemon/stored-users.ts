import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { PetrelError } from '../kit/errors.ts';
import { STORE_FILE } from '../store/open-store.ts';
import { readUsers } from '../store/read-file.ts';
import type { Kept, StoredUser } from '../store/store.ts';

/** What a running (or stopped) proxy keeps of users in its data folder. */
export type KeptOfUsers = Pick<Kept, 'users' | 'usage'>;

/** Nothing when it has never kept anything. @throws PetrelError when it may not be read, or makes no sense */
export function keptOfUsers({ dataDir }: Pick<Config, 'dataDir'>): KeptOfUsers {
  const file = join(dataDir, STORE_FILE);
  if (!existsSync(file)) return { users: [], usage: [] };
  try {
    return readUsers(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PetrelError('UNREADABLE_STORE', `${file} cannot be read: ${reason}`, { cause });
  }
}

export function storedUsers(config: Pick<Config, 'dataDir'>): readonly StoredUser[] {
  return keptOfUsers(config).users;
}
