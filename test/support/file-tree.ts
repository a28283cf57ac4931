import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Glob } from 'bun';

const PERMISSIONS = 0o7777;

/** Every file below a folder with its permissions: `{ 'etc/petrel.toml': '640' }`. */
export function filesIn(folder: string): Record<string, string> {
  const paths = [...new Glob('**/*').scanSync({ cwd: folder, dot: true })].sort();
  return Object.fromEntries(paths.map((path) => [path, permissionsOf(join(folder, path))]));
}

export function permissionsOf(path: string): string {
  return (lstatSync(path).mode & PERMISSIONS).toString(8);
}
