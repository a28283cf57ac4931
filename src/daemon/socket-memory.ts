import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';
import { numberAfter } from './machine.ts';

const KB = 1024;
/** The part of the host's memory that the kernel gives to TCP by default (tcp_mem's third figure). */
const USUAL_TCP_SHARE = 3 / 32;
const USUAL_PAGE_BYTES = 4096;
const AT_PAGESZ = 6n;
const AUXV_ENTRY_BYTES = 16;

/**
 * Memory in TCP's socket buffers, of the whole machine: beyond the limit the kernel drops what comes in and takes nothing
 * to send. A container can't read that limit, but is held by it all the same.
 */
export class SocketMemory {
  readonly limitBytes: number;
  readonly #root: string;
  readonly #pageBytes: number;

  constructor(root = '/') {
    this.#root = root;
    this.#pageBytes = pageSize(root);
    this.limitBytes = this.#readLimit();
  }

  used(): number {
    const pages = /^TCP:.* mem (\d+)/m.exec(readText(join(this.#root, 'proc/net/sockstat')) ?? '')?.[1];
    return Number(pages ?? 0) * this.#pageBytes;
  }

  /** tcp_mem: pages below which all is well, from which the kernel is sparing, and the most there may be. */
  #readLimit(): number {
    const most = readText(join(this.#root, 'proc/sys/net/ipv4/tcp_mem'))?.trim().split(/\s+/)[2];
    if (most !== undefined) return Number(most) * this.#pageBytes;
    const hostBytes = numberAfter(readText(join(this.#root, 'proc/meminfo')) ?? '', 'MemTotal:') * KB;
    return hostBytes > 0 ? hostBytes * USUAL_TCP_SHARE : Number.POSITIVE_INFINITY;
  }
}

/** The auxiliary vector is pairs of words, type and value; ARM64 systems have pages of 4, 16 or 64 KB. */
function pageSize(root: string): number {
  try {
    const bytes = readFileSync(join(root, 'proc/self/auxv'));
    for (let at = 0; at + AUXV_ENTRY_BYTES <= bytes.length; at += AUXV_ENTRY_BYTES) {
      if (bytes.readBigUInt64LE(at) === AT_PAGESZ) return Number(bytes.readBigUInt64LE(at + AUXV_ENTRY_BYTES / 2));
    }
  } catch {
    // No /proc: there are no pages to count either.
  }
  return USUAL_PAGE_BYTES;
}
