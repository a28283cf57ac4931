import { join } from 'node:path';
import { readText } from '../../kit/read-text.ts';

/** What the kernel tells in text files, under a root that tests replace. */
export class SystemFiles {
  readonly root: string;

  constructor(root = '/') {
    this.root = root;
  }

  /** The text without the line end behind it; null where there is no such file. */
  text(path: string): string | null {
    return readText(join(this.root, path))?.trimEnd() ?? null;
  }

  /** A file that holds one whole number; null where it holds something else. */
  number(path: string): number | null {
    const text = this.text(path) ?? '';
    return /^\d+$/.test(text) ? Number(text) : null;
  }

  /** A value by its name in a file of "name value" or "name: value" lines; null when it is not there. */
  field(path: string, name: string): number | null {
    for (const line of (this.text(path) ?? '').split('\n')) {
      const [found, value = ''] = line.split(/:?\s+/);
      if (found === name && /^\d+$/.test(value)) return Number(value);
    }
    return null;
  }
}
