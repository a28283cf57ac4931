import { chmodSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { PetrelError } from '../kit/errors.ts';
import { createFile } from './create-file.ts';
import { OWNER_ONLY_FOLDER } from './folder-lock.ts';
import { MemoryStore } from './memory-store.ts';
import { keptOf, NO_FILE, readFile } from './read-file.ts';
import { LOG_DAMAGE, renew, withoutLog } from './rescue.ts';
import { hasBrokenLog } from './set-aside.ts';
import { type Kept, NOTHING_KEPT, type StorageTrouble, type Store } from './store.ts';
import { StoreThread } from './store-thread.ts';

export const STORE_FILE = 'petrel.db';
const OWNER_ONLY = 0o600;
const ALL_PERMISSIONS = 0o777;

export interface OpenedStore {
  /** What earlier runs have left, as far as it can be read. */
  readonly kept: Kept;
  readonly store: Store;
  /** Why something is lost, or will be; null: nothing. */
  readonly trouble: StorageTrouble | null;
}

/**
 * Opens the store in the data folder, and reads it. What is damaged is set aside, and a folder that can't be used is done without:
 * configured users are served all the same.
 *
 * @param hasUsers whether there are users without the store
 * @throws PetrelError where there are none and the store, which may hold some, can't be read: a new one with a new secret would
 * make their links void; nothing is touched
 */
export function openStore(dataDir: string, hasUsers: boolean): OpenedStore {
  const file = join(dataDir, STORE_FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return createStore(file);
    return openFound(file, found, hasUsers);
  } catch (error) {
    if (error instanceof PetrelError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (!hasUsers && mayBeThere(file)) throw unreadable(file, reason);
    const named = reason.includes(dataDir) ? reason : `${dataDir}: ${reason}`;
    return { kept: NOTHING_KEPT, store: new MemoryStore(), trouble: { kind: 'unusable', reason: named } };
  }
}

function createStore(file: string): OpenedStore {
  createFile(file, NOTHING_KEPT);
  return { kept: NOTHING_KEPT, store: new StoreThread(file), trouble: null };
}

function openFound(file: string, found: Stats, hasUsers: boolean): OpenedStore {
  if (found.isFile()) restrict(file, found);
  const { parts, damage } = found.isFile() ? readFile(file) : NO_FILE;
  const isLogBroken = hasBrokenLog(file);
  const kept = keptOf(parts);
  if (damage === null && !isLogBroken) return { kept, store: new StoreThread(file), trouble: null };
  if (!hasUsers && kept.users.length === 0) throw unreadable(file, damage ?? LOG_DAMAGE);
  return damage === null ? { kept, ...withoutLog(file) } : { kept, ...renew(file, kept, { parts, damage }) };
}

/** One that belongs to somebody else stays as it is; whether it can be read shows next. */
function restrict(file: string, { mode }: Stats): void {
  if ((mode & ALL_PERMISSIONS) === OWNER_ONLY) return;
  try {
    chmodSync(file, OWNER_ONLY);
  } catch {
    // whatever opens it says what is wrong
  }
}

/** A folder that may not be looked into may hold one. */
function mayBeThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOTDIR');
  }
}

function unreadable(file: string, reason: string): PetrelError {
  return new PetrelError(
    'UNREADABLE_STORE',
    `${file} cannot be read (${reason}), the configuration has no users, and those that Petrel made may be in it: put a backup in its place, set users in petrel.toml, or remove it to begin anew with a new secret`,
  );
}
