import { accessSync, constants, type Stats, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesText } from '../../kit/figures-text.ts';
import { type Finding, failed, ok, warning } from '../../kit/finding.ts';

const MB = 1024 * 1024;
/** The store of a busy year takes a tenth of it. */
const LEAST_FREE_BYTES = 50 * MB;
/** Mode bits with which others than the owner may write; the files in it are for the owner alone in any case. */
const OTHERS_WRITE = 0o022;
const WHAT_IS_LOST = 'users made here, quotas and replay digests would last only until the stop';

/** Whether what Petrel keeps can be kept. @param freeBytes room on the disk of a folder, for tests */
export function dataFolderFinding(folder: string, freeBytes: (folder: string) => number = roomOf): Finding {
  const check = 'data folder';
  const found = look(folder);
  if (found !== null && !found.isDirectory()) {
    return failed(check, `${folder} is no folder`, `choose another one (data_dir): ${WHAT_IS_LOST}`);
  }
  const place = found === null ? nearest(folder) : folder;
  const refusal = writeRefusal(place);
  if (refusal !== null) {
    const seen = found === null ? `${folder} cannot be made: ${refusal}` : `${folder} cannot be written: ${refusal}`;
    const advice = `run this as the user that Petrel runs as; if it fails then too, give that user the folder, or choose another (data_dir): ${WHAT_IS_LOST}`;
    return failed(check, seen, advice);
  }
  const free = freeBytes(place);
  const seen = `${folder}${found === null ? ' (made at the first start)' : ''}, ${bytesText(free)} free`;
  if (free < LEAST_FREE_BYTES) return failed(check, seen, `make room on this disk: when it is full ${WHAT_IS_LOST}`);
  if (found !== null && (found.mode & OTHERS_WRITE) !== 0) {
    return warning(check, `${seen}; other users of this machine may write there`, `chmod 700 ${folder}`);
  }
  return ok(check, seen);
}

/** The innermost part of the path that is there already. */
function nearest(path: string): string {
  const parent = dirname(path);
  return parent === path || look(parent) !== null ? parent : nearest(parent);
}

function look(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null; // not there, or not ours to see: what stands before it says why
  }
}

function writeRefusal(folder: string): string | null {
  if (look(folder)?.isDirectory() !== true) return 'a part of its path is no folder';
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return REFUSALS[code] ?? code;
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'not permitted',
  EROFS: 'its disk is read-only',
};

function roomOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
