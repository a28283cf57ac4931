import { ptr } from 'bun:ffi';
import { type BigIntStats, chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { PetrelError } from '../kit/errors.ts';
import { errorCode, libc } from './libc.ts';
import { AF_UNIX, unixSocketAddress } from './unix-address.ts';

/** Who may open a Unix socket: whoever may write to its file. */
export interface SocketAccess {
  readonly mode: number;
  /** Null: the group of the process. */
  readonly group: { readonly name: string; readonly id: number } | null;
}

export const OWNER_ONLY: SocketAccess = { mode: 0o600, group: null };

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** Connections that wait to be accepted; the runtime's own number for TCP. */
const BACKLOG = 512;
const NOBODY_ELSE = 0o177;
const SAME_OWNER = -1;

/**
 * A Unix socket that listens, and its file: the runtime's own listener takes the file away by its name when it
 * stops, also when another process listens there by then.
 */
export class SocketFile {
  /** Ours until a listener takes it over. */
  readonly fd: number;
  readonly #path: string;
  readonly #made: BigIntStats;

  /** @throws PetrelError when the path can't be had: with the kernel's code, and words for the operator */
  constructor(path: string, access: SocketAccess) {
    freePath(path);
    this.#path = path;
    this.fd = listeningSocket(path);
    this.#made = lstatSync(path, { bigint: true });
    try {
      grant(path, access);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Takes everything back, where no listener has taken the descriptor over. */
  discard(): void {
    this.remove();
    libc?.close(this.fd);
  }

  /**
   * Removes the file, unless another one has its name by now. To be called while the socket is open: until then no
   * other file gets its inode.
   */
  remove(): void {
    try {
      const found = lstatSync(this.#path, { bigint: true, throwIfNoEntry: false });
      if (found?.ino === this.#made.ino && found.dev === this.#made.dev) unlinkSync(this.#path);
    } catch {
      // The folder is gone or no longer ours: what is left of the file does no harm, the next start removes it.
    }
  }
}

/** Why a socket can't be made under this path, as far as can be seen without making it; null when it can. */
export function pathRefusal(path: string): PetrelError | null {
  try {
    return refusalOf(path);
  } catch (error) {
    return refused(codeOf(error), path);
  }
}

/** Removes what a killed process left. */
function freePath(path: string): void {
  const refusal = pathRefusal(path);
  if (refusal !== null) throw refusal;
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
  } catch (error) {
    throw refused(codeOf(error), path);
  }
}

function refusalOf(path: string): PetrelError | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isSocket()) return refused('ENOTSOCK', path);
  const answer = knock(path);
  if (answer === 'ECONNREFUSED') return null;
  return refused(answer === 'EACCES' ? 'ENOTOURS' : 'EADDRINUSE', path);
}

/** @returns "ECONNREFUSED" when nobody listens; "" when somebody does, or another code when that can't be ruled out (a full backlog) */
function knock(path: string): string {
  const fd = openSocket(path);
  const address = addressOf(path);
  const answer = libc?.connect(fd, ptr(address), address.length) === 0 ? '' : errorCode();
  libc?.close(fd);
  return answer;
}

/** Only its owner can open it at first. */
function listeningSocket(path: string): number {
  const fd = openSocket(path);
  const address = addressOf(path);
  const umask = process.umask(NOBODY_ELSE);
  const isListening = libc?.bind(fd, ptr(address), address.length) === 0 && libc.listen(fd, BACKLOG) === 0;
  const code = isListening ? '' : errorCode();
  process.umask(umask);
  if (isListening) return fd;
  libc?.close(fd);
  throw refused(code, path);
}

function openSocket(path: string): number {
  if (libc === null) throw refused('ENOSYS', path);
  const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw refused(errorCode(), path);
  return fd;
}

function addressOf(path: string): Uint8Array {
  const address = unixSocketAddress(path);
  if (typeof address === 'string') throw new PetrelError('EINVAL', `${path} is ${address}`);
  return address;
}

function grant(path: string, { mode, group }: SocketAccess): void {
  try {
    if (group !== null) chownSync(path, SAME_OWNER, group.id);
  } catch (error) {
    throw new PetrelError(
      codeOf(error),
      `the group of the socket cannot be set to ${group?.name} (${codeOf(error)}): the user that runs Petrel has to be a member of it`,
    );
  }
  chmodSync(path, mode);
}

function refused(code: string, path: string): PetrelError {
  return new PetrelError(code, wordsOf(code, path));
}

function wordsOf(code: string, path: string): string {
  const folder = dirname(path);
  switch (code) {
    case 'EADDRINUSE':
      return 'another process answers on it: stop it, or choose another path';
    case 'ENOTOURS':
      return 'another user has a socket there that we may not open, and which may be in use: choose another path, or remove it';
    case 'ENOTSOCK':
      return 'a file stands there that is no socket: remove it, or choose another path';
    case 'ENOENT':
    case 'ENOTDIR':
      return `the folder ${folder} is missing`;
    case 'EACCES':
    case 'EPERM':
      return `the folder ${folder} cannot be written by the user that runs Petrel`;
    case 'EROFS':
      return `the folder ${folder} is read-only`;
    case 'ENOSYS':
      return 'Unix sockets cannot be had on this system';
    default:
      return `the kernel refuses it (${code})`;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
