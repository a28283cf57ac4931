import { readFileSync } from 'node:fs';

/** A database's header: magic, page size (1: 65,536), the versions for writing and reading (2: with a log), ..., pages. */
const MAGIC = 'SQLite format 3\0';
const PAGE_SIZE_AT = 16;
const VERSIONS_AT = 18;
const WITHOUT_LOG = 1;
const PAGES_AT = 28;
const HEADER_BYTES = 100;
const LARGEST_PAGE = 65_536;
/** A million digests of each kind are half of it. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * A file that was cut off, with zeros for what is missing: SQLite reads nothing at all of a file that is shorter than its header says.
 * @returns null where it is whole, too large, or no database
 */
export function paddedCopy(file: string): Uint8Array | null {
  const found = readFileSync(file);
  if (found.length < HEADER_BYTES || found.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  const size = found.readUInt16BE(PAGE_SIZE_AT);
  const wanted = found.readUInt32BE(PAGES_AT) * (size === 1 ? LARGEST_PAGE : size);
  if (wanted <= found.length || wanted > MOST_BYTES) return null;
  const padded = new Uint8Array(wanted);
  padded.set(found);
  padded.fill(WITHOUT_LOG, VERSIONS_AT, VERSIONS_AT + 2);
  return padded;
}
