import { accessSync, constants, statfsSync, statSync } from 'node:fs';

/** What some minutes of usage and digests take. */
const LEAST_ROOM_BYTES = 1024 * 1024;

/**
 * Looks whether what is written to a file will still be there tomorrow.
 * @param inode of the file that is open; null: none is
 * @throws when it will not
 */
export function checkOutlook(file: string, inode: number | null): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || (inode !== null && found.ino !== inode))
    throw new Error(`${file} is gone: it was removed or replaced`);
  accessSync(file, constants.W_OK);
  const { blocks, bavail, bsize } = statfsSync(file);
  // Some file systems don't tell, and say 0 of 0.
  if (blocks > 0 && bavail * bsize < LEAST_ROOM_BYTES) throw new Error(`the disk of ${file} is full`);
}
