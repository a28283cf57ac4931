import { chmodSync, closeSync, openSync, renameSync, rmSync } from 'node:fs';
import type { Kept } from './store.ts';
import { writeSynced } from './write-synced.ts';

const OWNER_ONLY = 0o600;

/**
 * Makes the store's file with what it holds at first. It appears whole or not at all: one that is empty later was emptied by
 * somebody else.
 */
export function createFile(file: string, kept: Kept): void {
  const draft = `${file}.new`;
  for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true });
  closeSync(openSync(draft, 'wx', OWNER_ONLY)); // SQLite gives its side files the same mode
  chmodSync(draft, OWNER_ONLY); // whatever the umask says, before anything secret is in it
  writeSynced(draft, (database) => {
    for (const user of kept.users) database.addUser(user);
    database.write({ ...kept, keep: Math.max(kept.replays.hello.length, kept.replays.header.length) });
  });
  renameSync(draft, file);
}
