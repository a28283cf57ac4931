import { readdirSync, readlinkSync } from 'node:fs';
import { readText } from '../kit/read-text.ts';

/** A process that has a socket. */
export interface PortOwner {
  readonly pid: number;
  /** Its short name, as the kernel keeps it: at most 15 characters, only printable ones. */
  readonly name: string;
}

/** Columns of /proc/net/tcp. */
const LOCAL_ADDRESS = 1;
const STATE = 3;
const INODE = 9;
const LISTENING = '0A';
/** The kernel lists listening sockets first; behind a busy proxy come tens of thousands that are no listeners. */
const MAX_LISTENERS = 10_000;
/** Links looked at, of all processes together: more than a small machine opens. */
const MAX_LINKS = 400_000;

/**
 * Finds the process that listens on a TCP port of this network namespace.
 *
 * Another user's descriptors are shown to root alone, and a process of another container to nobody in this one.
 *
 * @param proc where the kernel shows its processes
 * @returns null when nobody listens there or when it cannot be seen who does
 */
export function portOwner(port: number, proc = '/proc'): PortOwner | null {
  const sockets = new Set([
    ...listeningInodes(readText(`${proc}/net/tcp`) ?? '', port),
    ...listeningInodes(readText(`${proc}/net/tcp6`) ?? '', port),
  ]);
  if (sockets.size === 0) return null;
  let links = 0;
  for (const pid of entries(proc).filter((name) => /^\d+$/.test(name))) {
    for (const fd of entries(`${proc}/${pid}/fd`)) {
      const inode = socketInode(`${proc}/${pid}/fd/${fd}`);
      if (inode !== null && sockets.has(inode)) return { pid: Number(pid), name: nameOf(proc, pid) };
      links += 1;
      if (links === MAX_LINKS) return null;
    }
  }
  return null;
}

/** Inodes of the sockets that listen on a port. @param table as /proc/net/tcp has it */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const found: string[] = [];
  let listeners = 0;
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[STATE] !== LISTENING || listeners === MAX_LISTENERS) break;
    listeners += 1;
    if (columns[LOCAL_ADDRESS]?.endsWith(suffix)) found.push(columns[INODE] ?? '');
  }
  return found;
}

function socketInode(link: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? null;
  } catch {
    return null; // closed meanwhile
  }
}

/** A process chooses its name itself: what could steer a terminal is taken out. */
function nameOf(proc: string, pid: string): string {
  return (readText(`${proc}/${pid}/comm`) ?? '').trim().replace(/[^ -~]/g, '?');
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // gone meanwhile, or another user's
  }
}
