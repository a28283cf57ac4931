import { lstatSync, unlinkSync } from 'node:fs';
import type { Log } from '../kit/log.ts';
import type { Snapshot } from './snapshot.ts';

/** What the control socket asks of the running proxy. */
export interface ControlVerbs {
  snapshot(): Snapshot | Promise<Snapshot>;
}

const OWNER_ONLY = 0o177;
/** Requests have no body. */
const MAX_REQUEST_BYTES = 1024;

/**
 * Answers on the control socket; where that can't be made the proxy serves all the same and says so.
 *
 *   GET /api/v1/status   the Snapshot as JSON
 */
export class ControlServer {
  #server: { stop(closeActive: boolean): Promise<void> } | null = null;
  #isClosed = false;

  constructor(path: string, verbs: ControlVerbs, log: Log) {
    const open = () => {
      this.#server = serve(path, verbs);
    };
    const giveUp = (error: unknown) =>
      log.warn('no control socket: petrel status cannot ask this proxy', { path, reason: reasonOf(error) });
    try {
      open();
    } catch (error) {
      void this.#openAgain(path, open, error).catch(giveUp);
    }
  }

  /** Removes the socket's file too. */
  close(): void {
    this.#isClosed = true;
    void this.#server?.stop(true);
  }

  /** @throws `error`, that of the first attempt, when the name is not free */
  async #openAgain(path: string, open: () => void, error: unknown): Promise<void> {
    const isFree = await removeStale(path);
    if (this.#isClosed) return;
    if (!isFree) throw error;
    open();
  }
}

function serve(path: string, verbs: ControlVerbs) {
  const umask = process.umask(OWNER_ONLY); // from the first moment on, not after a chmod
  try {
    return Bun.serve({
      unix: path,
      maxRequestBodySize: MAX_REQUEST_BYTES,
      routes: { '/api/v1/status': { GET: async () => Response.json(await verbs.snapshot()) } },
      fetch: () => new Response('no such thing\n', { status: 404 }),
    });
  } finally {
    process.umask(umask);
  }
}

/** Removes what a killed process left; a socket that somebody answers on stays. @returns whether the name is free now */
async function removeStale(path: string): Promise<boolean> {
  if (!isSocket(path) || (await isAnswered(path))) return false;
  unlinkSync(path);
  return true;
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false; // nothing there, or no folder to look into
  }
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
