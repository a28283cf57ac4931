import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';

/** SQLite's write-ahead log begins with: magic (the last bit: how checksums are made), version, ..., checksum of the first 24. */
const WAL_MAGICS: readonly number[] = [0x377f0682, 0x377f0683];
const WAL_VERSION = 3_007_000;
const WAL_HEADER_BYTES = 32;
const WAL_SUMMED_BYTES = 24;

/**
 * Gives a damaged file and its side files another name, so that nothing writes into what may still be rescued.
 * @returns the new path; its write-ahead log stands beside it as SQLite looks for it
 */
export function setAside(file: string): string {
  const aside = freeName(file);
  renameSync(file, aside);
  if (existsSync(logOf(file))) renameSync(logOf(file), logOf(aside));
  dropIndex(file);
  return aside;
}

/** Sets the write-ahead log alone aside. @returns the new path */
export function setLogAside(file: string): string {
  const aside = freeName(logOf(file));
  renameSync(logOf(file), aside);
  dropIndex(file);
  return aside;
}

/** Whether there is a write-ahead log that SQLite would silently take for an empty one. */
export function hasBrokenLog(file: string): boolean {
  const log = logOf(file);
  const found = statSync(log, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isFile()) return true;
  return found.size > 0 && !isLogHeader(firstBytes(log));
}

function logOf(file: string): string {
  return `${file}-wal`;
}

/** The log's index, which SQLite makes anew. */
function dropIndex(file: string): void {
  rmSync(`${file}-shm`, { force: true, recursive: true });
}

function freeName(file: string): string {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${file}.damaged-${now}`;
  for (let number = 2; ; number += 1) {
    const found = number === 2 ? name : `${name}-${number - 1}`;
    if (!existsSync(found)) return found;
  }
}

function firstBytes(path: string): DataView {
  const bytes = new Uint8Array(WAL_HEADER_BYTES);
  const fd = openSync(path, 'r');
  try {
    return new DataView(bytes.buffer, 0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}

function isLogHeader(head: DataView): boolean {
  if (head.byteLength < WAL_HEADER_BYTES) return false;
  const magic = head.getUint32(0);
  if (!WAL_MAGICS.includes(magic) || head.getUint32(4) !== WAL_VERSION) return false;
  const isLittle = magic % 2 === 0;
  const sums = new Uint32Array(2); // wraps at 32 bits, as the format wants
  for (let at = 0; at < WAL_SUMMED_BYTES; at += 8) {
    sums[0] = (sums[0] ?? 0) + head.getUint32(at, isLittle) + (sums[1] ?? 0);
    sums[1] = (sums[1] ?? 0) + head.getUint32(at + 4, isLittle) + (sums[0] ?? 0);
  }
  return sums[0] === head.getUint32(WAL_SUMMED_BYTES) && sums[1] === head.getUint32(WAL_SUMMED_BYTES + 4);
}
