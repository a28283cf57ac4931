import { getIntOption, libc, readWordsOption, setIntOption } from './libc.ts';

// Linux numbers (asm-generic; the same on x86-64 and ARM64).
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_KEEPALIVE = 9;
const SO_MEMINFO = 55;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_MAXSEG = 2;
const TCP_WINDOW_CLAMP = 10;

/** SO_MEMINFO is a row of words; those that we read. */
const MEMINFO_RECEIVED = 0;
const MEMINFO_AHEAD = 4;
const MEMINFO_SENT = 5;
const MEMINFO_DROPS = 8;
const meminfo = new Uint32Array(9);

/** Above every window that TCP can offer. */
const NO_CLAMP = 2 ** 30;

/** False where foreign calls are missing; said once at start. */
export const socketOptionsAvailable: boolean = libc !== null;

/**
 * Options that every TCP connection gets: no Nagle delay, and nothing else. Keep-alive probes would tell our port from the fronted
 * site's (`keepAlive`). The kernel's user timeout would end a living peer that reads slowly, since it counts a closed window as no
 * sign of life (`unanswered` in peer-life.ts does not).
 */
export function setConnectionOptions(fd: number): void {
  setIntOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/**
 * Turns keep-alive on, with the system's times (two hours, as servers that turn it on have them): for sessions that no idle limit
 * ends, so that those whose client has vanished do not stand for ever.
 */
export function keepAlive(fd: number): void {
  setIntOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/**
 * Keeps segments below our buffers, those that we send too. Loopback (a load balancer or an upstream on the same machine)
 * uses up to 64 KB; with one segment longer than a buffer each has to wait for a timer of the sender, 200 ms. Short ones cost
 * a third more CPU there.
 *
 * @param fd a socket before it connects
 */
export function limitSegments(fd: number, bytes: number): void {
  setIntOption(fd, IPPROTO_TCP, TCP_MAXSEG, bytes);
}

/** Bytes of a connection's longest segments, about 1,448 on most links and 32 KB or more on loopback; 0 where they cannot be read. */
export function segmentBytes(fd: number): number {
  return getIntOption(fd, IPPROTO_TCP, TCP_MAXSEG) ?? 0;
}

/** Kernel buffer sizes of a socket in bytes; 0 leaves the kernel's own (self-tuning) size. */
export interface BufferSizes {
  readonly receive: number;
  readonly send: number;
}

/** Buffers of a connection before its first packet. */
export interface FirstBuffers extends BufferSizes {
  /** Bytes of the longest segment that the peer may send; absent: as the link has them. */
  readonly longestSegment?: number;
}

/**
 * Sets a socket's kernel buffers (the kernel doubles what it is told, for its own book-keeping). A receive buffer that is
 * made larger later would not widen the window: the kernel keeps a ceiling from the first size, which is lifted here. What
 * stays is the window's scale from the first packet: with a buffer set before that it may never pass 64 KB.
 */
export function setBufferSizes(fd: number, sizes: BufferSizes): void {
  if (sizes.receive > 0) {
    setIntOption(fd, SOL_SOCKET, SO_RCVBUF, sizes.receive);
    setIntOption(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, NO_CLAMP);
  }
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
  return readMeminfo(listenerFd) ? (meminfo[MEMINFO_DROPS] ?? 0) : 0;
}

/** Kernel memory that a socket's queues hold now: received and unread, sent and not acknowledged; 0 where it cannot be read. */
export function queuedBytes(fd: number): BufferSizes {
  if (!readMeminfo(fd)) return { receive: 0, send: 0 };
  return { receive: meminfo[MEMINFO_RECEIVED] ?? 0, send: meminfo[MEMINFO_SENT] ?? 0 };
}

/** All memory that counts for a socket: its queues, and what the kernel has set aside for them ahead; 0 where it cannot be read. */
export function heldBytes(fd: number): number {
  if (!readMeminfo(fd)) return 0;
  const ahead = (meminfo[MEMINFO_AHEAD] ?? 0) | 0; // signed: for a moment it may be below zero
  return Math.max(0, (meminfo[MEMINFO_RECEIVED] ?? 0) + (meminfo[MEMINFO_SENT] ?? 0) + ahead);
}

function readMeminfo(fd: number): boolean {
  return readWordsOption(fd, SOL_SOCKET, SO_MEMINFO, meminfo);
}
