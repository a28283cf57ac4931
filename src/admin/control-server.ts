import { lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../kit/log.ts';
import { LINKS_PATH, STATUS_PATH } from './control-path.ts';
import type { LinkSource } from './link-source.ts';
import type { Snapshot } from './snapshot.ts';

export interface ControlParts {
  readonly path: string;
  /** A socket of this name that is there already is left over, or of a proxy that only finishes: it is replaced unasked. */
  readonly mayReplace: boolean;
  readonly snapshot: () => Snapshot | Promise<Snapshot>;
  readonly links: () => LinkSource;
  readonly log: Log;
}

/** The socket's owner alone may connect, and with that read what the owner's files say: secrets too. */
const OWNER_ONLY = 0o177;
/** Requests have no body. */
const MAX_REQUEST_BYTES = 1024;
/** Where the socket is opened, to be renamed then. As long as its own name, so that one path is no longer than the other. */
const FIRST_NAME = 'control.open';

/**
 * Answers on the control socket; where that can't be made the proxy serves all the same and says so.
 *
 *   GET /api/v1/status   the Snapshot as JSON
 *   GET /api/v1/links    the LinkSource as JSON
 */
export class ControlServer {
  readonly #parts: ControlParts;
  #server: { stop(closeActive: boolean): Promise<void> } | null = null;
  #inode = 0;
  #isClosed = false;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    const { path, mayReplace, log } = parts;
    const giveUp = (error: unknown) =>
      log.warn('no control socket: petrel status cannot ask this proxy', { path, reason: reasonOf(error) });
    try {
      const found = inodeAt(path);
      if (found === null || (mayReplace && isSocket(path))) this.#open();
      else void this.#replaceStale().catch(giveUp);
    } catch (error) {
      giveUp(error);
    }
  }

  /** Removes the socket's file too, unless another process has replaced it meanwhile. */
  close(): void {
    this.#isClosed = true;
    const { path } = this.#parts;
    if (this.#server !== null && inodeAt(path) === this.#inode) rmSync(path, { force: true });
    void this.#server?.stop(true);
  }

  /** The runtime removes the name that it opened when it stops: it is given one that is nobody's by then. */
  #open(): void {
    const { path } = this.#parts;
    const first = join(dirname(path), FIRST_NAME);
    rmSync(first, { force: true });
    this.#server = serve(first, this.#parts);
    renameSync(first, path);
    this.#inode = inodeAt(path) ?? 0;
  }

  /** Only where nobody can be kept out of the folder: one that answers is left alone. */
  async #replaceStale(): Promise<void> {
    const { path } = this.#parts;
    if (!isSocket(path) || (await isAnswered(path))) throw Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
    if (!this.#isClosed) this.#open();
  }
}

function serve(path: string, { snapshot, links }: ControlParts) {
  const umask = process.umask(OWNER_ONLY); // from the first moment on, not after a chmod
  try {
    return Bun.serve({
      unix: path,
      maxRequestBodySize: MAX_REQUEST_BYTES,
      routes: {
        [STATUS_PATH]: { GET: async () => Response.json(await snapshot()) },
        [LINKS_PATH]: { GET: () => Response.json(links()) },
      },
      fetch: () => new Response('no such thing\n', { status: 404 }),
    });
  } finally {
    process.umask(umask);
  }
}

function inodeAt(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
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
    case 'ENOTDIR':
      return 'there is no data folder';
    case 'EADDRINUSE':
      return 'another Petrel runs with this data folder, or something else has this name';
    default:
      return String(error);
  }
}
