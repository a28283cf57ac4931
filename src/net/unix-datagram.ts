import { ptr } from 'bun:ffi';
import { errno, libc } from './libc.ts';
import { AF_UNIX, unixSocketAddress } from './unix-address.ts';

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * Sends one datagram to a Unix socket without waiting: the runtime itself has no such sockets.
 *
 * @param name a path, or an abstract name that begins with `@`
 * @returns null when it was sent, else why not
 */
export function sendUnixDatagram(name: string, payload: Uint8Array): string | null {
  if (libc === null) return 'sockets of this kind cannot be opened on this system';
  const address = unixSocketAddress(name);
  if (typeof address === 'string') return address;
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return `no socket (errno ${errno()})`;
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const sent = Number(libc.sendto(fd, ptr(payload), payload.length, flags, ptr(address), address.length));
  const failure = sent < 0 ? `not sent (errno ${errno()})` : null;
  libc.close(fd);
  return failure;
}
