import { join } from 'node:path';

/** What can be asked there. */
export const STATUS_PATH = '/api/v1/status';
export const LINKS_PATH = '/api/v1/links';

export const CONTROL_SOCKET = 'control.sock';

/** Where the running proxy answers `petrel status` and `petrel health`: a Unix socket that only its user can open. */
export function controlSocketPath(dataDir: string): string {
  return join(dataDir, CONTROL_SOCKET);
}
