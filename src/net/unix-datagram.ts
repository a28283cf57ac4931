import { ptr } from 'bun:ffi';
import { utf8 } from '../kit/bytes.ts';
import { errno, libc } from './libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const FAMILY_BYTES = 2;
/** sun_path, its closing zero byte included. */
const MAX_PATH_BYTES = 108;

/**
 * Sends one datagram to a Unix socket without waiting: the runtime itself has no such sockets.
 *
 * @param name a path, or an abstract name that begins with `@`
 * @returns null when it was sent, else why not
 */
export function sendUnixDatagram(name: string, payload: Uint8Array): string | null {
  if (libc === null) return 'sockets of this kind cannot be opened on this system';
  const address = socketAddress(name);
  if (typeof address === 'string') return address;
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return `no socket (errno ${errno()})`;
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const sent = Number(libc.sendto(fd, ptr(payload), payload.length, flags, ptr(address), address.length));
  const failure = sent < 0 ? `not sent (errno ${errno()})` : null;
  libc.close(fd);
  return failure;
}

/**
 *   sockaddr_un   | family u16 host order | path, zero byte |  or  | family | zero byte, abstract name |
 */
function socketAddress(name: string): Uint8Array | string {
  const path = utf8(name);
  const isAbstract = name.startsWith('@');
  if (!isAbstract && !name.startsWith('/')) return 'neither a path nor an abstract name';
  const nameBytes = isAbstract ? path.length : path.length + 1;
  if (nameBytes > MAX_PATH_BYTES) return `longer than ${MAX_PATH_BYTES} bytes`;
  const bytes = new Uint8Array(FAMILY_BYTES + nameBytes);
  bytes[0] = AF_UNIX;
  bytes.set(path, FAMILY_BYTES);
  if (isAbstract) bytes[FAMILY_BYTES] = 0;
  return bytes;
}
