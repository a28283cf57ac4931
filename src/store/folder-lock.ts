import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PetrelError } from '../kit/errors.ts';
import { errno, libc } from '../net/libc.ts';

export const LOCK_FILE = 'petrel.lock';
const OWNER_ONLY = 0o600;
export const OWNER_ONLY_FOLDER = 0o700;
/** flock(2): exclusive, without waiting. */
const LOCK_EX_NB = 2 | 4;
const EWOULDBLOCK = 11;

/**
 * Says that this process is the one that keeps things in a data folder. The kernel takes it back when the process ends,
 * however it ends: a lock of a killed one stands in nobody's way.
 */
export class FolderLock {
  #fd: number | null;

  /** @param fd the locked file; null where the folder or the system gives no locks, which keeps nobody out */
  constructor(fd: number | null) {
    this.#fd = fd;
  }

  get isHeld(): boolean {
    return this.#fd !== null;
  }

  release(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

/**
 * Makes the folder where it is missing, and locks it. A folder that can't be used is no reason to fail here.
 * @throws PetrelError when another process has it
 */
export function lockFolder(dataDir: string): FolderLock {
  const file = join(dataDir, LOCK_FILE);
  const fd = open(dataDir, file);
  if (fd === null) return new FolderLock(null);
  if (libc !== null && libc.flock(fd, LOCK_EX_NB) === 0) {
    note(fd);
    return new FolderLock(fd);
  }
  const isTaken = libc !== null && errno() === EWOULDBLOCK;
  closeSync(fd);
  if (isTaken) throw taken(dataDir, file);
  return new FolderLock(null);
}

function open(dataDir: string, file: string): number | null {
  try {
    mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY_FOLDER });
    return openSync(file, 'a+', OWNER_ONLY);
  } catch {
    return null; // whoever wants to keep something in it says why that can't be
  }
}

/** Writes down whose lock it is, for the message of the next one; on a full disk it stays unsaid. */
function note(fd: number): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch {
    // the lock counts, not the note
  }
}

function taken(dataDir: string, file: string): PetrelError {
  const pid = /^\d+/.exec(readFileSync(file, 'utf8'))?.[0];
  const other = pid === undefined ? 'another Petrel' : `another Petrel (process ${pid})`;
  return new PetrelError(
    'FOLDER_TAKEN',
    `${other} runs with the data folder ${dataDir}: stop it first, or give this one a folder of its own (data_dir, --data-dir)`,
  );
}
