import { getIntOption, libc, readWordsOption, setIntOption } from './libc.ts';

// Linux numbers (asm-generic; the same on x86-64 and ARM64).
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_KEEPALIVE = 9;
const SO_MEMINFO = 55;
const MEMINFO_WORDS = 9;
const MEMINFO_DROPS = 8;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_MAXSEG = 2;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;
const TCP_USER_TIMEOUT = 18;

/** Idle seconds before the first probe, seconds between probes, probes (as most proxies of this kind do). */
const KEEPALIVE_IDLE_S = 40;
const KEEPALIVE_INTERVAL_S = 40;
const KEEPALIVE_PROBES = 5;
/** How long sent bytes may stay unacknowledged before the kernel gives the connection up. */
const USER_TIMEOUT_MS = 30_000;
/** More than any real link carries in one segment, so that nothing shows outside. */
const MAX_SEGMENT_BYTES = 16_384;

/** False where foreign calls are missing; said once at start. */
export const socketOptionsAvailable: boolean = libc !== null;

/** Options that every TCP connection gets: no Nagle delay, keep-alive probes, a bound on unacknowledged time. */
export function setConnectionOptions(fd: number): void {
  setIntOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  setIntOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  setIntOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
  setIntOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
  setIntOption(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
  setIntOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
}

/**
 * Keeps segments below our buffers on connections that a listener accepts. Loopback (a load balancer on the same
 * machine) would use 64 KB; with one segment longer than a buffer each has to wait for a timer of the sender, 200 ms.
 */
export function limitSegments(listenerFd: number): void {
  setIntOption(listenerFd, IPPROTO_TCP, TCP_MAXSEG, MAX_SEGMENT_BYTES);
}

/** Kernel buffer sizes of a socket in bytes; 0 leaves the kernel's own (self-tuning) size. */
export interface BufferSizes {
  readonly receive: number;
  readonly send: number;
}

/** Sets a socket's kernel buffers (the kernel doubles what it is told, for its own book-keeping). */
export function setBufferSizes(fd: number, sizes: BufferSizes): void {
  if (sizes.receive > 0) setIntOption(fd, SOL_SOCKET, SO_RCVBUF, sizes.receive);
  if (sizes.send > 0) setIntOption(fd, SOL_SOCKET, SO_SNDBUF, sizes.send);
}

/** What the kernel made of setBufferSizes; null where it cannot be read. */
export function bufferSizes(fd: number): BufferSizes | null {
  const receive = getIntOption(fd, SOL_SOCKET, SO_RCVBUF);
  const send = getIntOption(fd, SOL_SOCKET, SO_SNDBUF);
  return receive === null || send === null ? null : { receive, send };
}

/** Connections that the kernel dropped because a listening socket's queue was full; 0 where it does not tell. */
export function listenDrops(listenerFd: number): number {
  const words = new Uint32Array(MEMINFO_WORDS);
  return readWordsOption(listenerFd, SOL_SOCKET, SO_MEMINFO, words) ? (words[MEMINFO_DROPS] ?? 0) : 0;
}
