import { ioctlInt, readWordsOption } from './libc.ts';

// Linux numbers (the same on x86-64 and ARM64).
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const SIOCOUTQ = 0x5411;
const SIOCOUTQNSD = 0x894b;

/*
 * struct tcp_info (linux/tcp.h), as far as it is read:
 *
 *   0       1    2             3        4          8       24        28        56             60
 *   | state | .. | retransmits | probes | ........ | ..... | unacked | ....... | last ACK, ms |
 */
const info = new Uint32Array(15);
const infoBytes = new Uint8Array(info.buffer);
const STATE_BYTE = 0;
const RETRANSMITS_BYTE = 2;
const PROBES_BYTE = 3;
const UNACKED_WORD = 6;
const LAST_ACK_WORD = 14;

/**
 * How long a TCP peer has not acknowledged anything although something waits for it: bytes that were sent, or a probe of its closed
 * window. A peer that lives but reads nothing answers probes, and so is never silent for longer than they take.
 *
 * For single looks it proves nothing: what was sent a moment ago may wait behind hours of silence. Whoever asks looks several times.
 *
 * @returns milliseconds; 0 when nothing waits, for other sockets, and where it cannot be read
 */
export function unansweredMs(fd: number): number {
  if (!readWordsOption(fd, IPPROTO_TCP, TCP_INFO, info)) return 0;
  const isWaiting = (info[UNACKED_WORD] ?? 0) > 0 || (infoBytes[PROBES_BYTE] ?? 0) > 0;
  return isWaiting ? (info[LAST_ACK_WORD] ?? 0) : 0;
}

/** Sent again so often in vain, each time after twice as long; over a mobile link that takes two to four seconds. */
const DEAF_RETRANSMITS = 3;
const DEAF_MS = 3_000;

/**
 * Whether a TCP peer leaves what is sent to it again and again unacknowledged: for a single look, which must not take what was sent
 * a moment ago for it. False for other sockets, and where it cannot be read.
 */
export function isDeaf(fd: number): boolean {
  if (!readWordsOption(fd, IPPROTO_TCP, TCP_INFO, info)) return false;
  return (infoBytes[RETRANSMITS_BYTE] ?? 0) >= DEAF_RETRANSMITS && (info[LAST_ACK_WORD] ?? 0) >= DEAF_MS;
}

/** Connections that a peer's RST or FIN has come for (include/net/tcp_states.h). */
const TCP_CLOSE = 7;
const TCP_CLOSE_WAIT = 8;

/** Whether the peer has sent FIN or RST, even if it still waits behind unread bytes; false where it cannot be told. */
export function hasPeerLeft(fd: number): boolean {
  if (!readWordsOption(fd, IPPROTO_TCP, TCP_INFO, info)) return false;
  return infoBytes[STATE_BYTE] === TCP_CLOSE || infoBytes[STATE_BYTE] === TCP_CLOSE_WAIT;
}

/** Bytes written that the peer has not acknowledged, a FIN counted as one; 0 where it cannot be read. */
export function unacknowledgedBytes(fd: number): number {
  return ioctlInt(fd, SIOCOUTQ) ?? 0;
}

/** Bytes written that the kernel has not even sent, for want of window; 0 where it cannot be read. */
export function unsentBytes(fd: number): number {
  return ioctlInt(fd, SIOCOUTQNSD) ?? 0;
}
