import { closeSync, fsyncSync, openSync } from 'node:fs';
import { SqliteFile } from './sqlite-file.ts';

/** Writes to a file that nobody else in this process has open. Synced once, instead of many times by SQLite: the start waits for it. */
export function writeSynced(path: string, write: (file: SqliteFile) => void): void {
  const file = new SqliteFile(path, 'OFF');
  try {
    write(file);
  } finally {
    file.close(); // takes the write-ahead log in
  }
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
