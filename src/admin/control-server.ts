import { lstatSync, unlinkSync } from 'node:fs';
import type { Log } from '../kit/log.ts';
import type { Snapshot } from './snapshot.ts';

/** What the control socket asks of the running proxy. */
export interface ControlVerbs {
  snapshot(): Snapshot;
}

const OWNER_ONLY = 0o177;
/** Requests have no body. */
const MAX_REQUEST_BYTES = 1024;

/**
 * Answers on the control socket; where that can't be made the proxy serves all the same and says so.
 *
 *   GET /api/v1/status   the Snapshot as JSON
 *
 * @returns closes it and removes its file
 */
export async function openControlServer(path: string, verbs: ControlVerbs, log: Log): Promise<() => void> {
  try {
    await removeStale(path);
    const server = serve(path, verbs);
    return () => void server.stop(true);
  } catch (error) {
    log.warn('no control socket: petrel status cannot ask this proxy', { path, reason: reasonOf(error) });
    return () => {};
  }
}

function serve(path: string, verbs: ControlVerbs) {
  const umask = process.umask(OWNER_ONLY); // from the first moment on, not after a chmod
  try {
    return Bun.serve({
      unix: path,
      maxRequestBodySize: MAX_REQUEST_BYTES,
      routes: { '/api/v1/status': { GET: () => Response.json(verbs.snapshot()) } },
      fetch: () => new Response('no such thing\n', { status: 404 }),
    });
  } finally {
    process.umask(umask);
  }
}

/** What a killed process left is removed; a socket that somebody answers on stays. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isSocket() || (await isAnswered(path))) return;
  unlinkSync(path);
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    (await Bun.connect({ unix: path, socket: { data: () => {} } })).end();
    return true;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'ENAMETOOLONG':
      return 'the path of the data folder is too long for a socket (107 bytes with its name)';
    case 'ENOENT':
      return 'there is no data folder';
    case 'EADDRINUSE':
      return 'another Petrel runs with this data folder, or something else has this name';
    default:
      return String(error);
  }
}
