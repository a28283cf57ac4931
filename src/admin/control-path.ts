import { join } from 'node:path';

/** Where the running proxy answers `petrel status` and `petrel health`: a Unix socket that only its user can open. */
export function controlSocketPath(dataDir: string): string {
  return join(dataDir, 'control.sock');
}
