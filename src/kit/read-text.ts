import { readFileSync } from 'node:fs';

/** A text file that the system may or may not have, such as those of /proc; null where it can't be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // another system, another version, or not ours to read
  }
}
