import { ptr } from 'bun:ffi';
import { ipBytes } from '../kit/ip.ts';
import { errno, libc } from './libc.ts';
import { type FirstBuffers, limitSegments, setBufferSizes, setConnectionOptions } from './socket-options.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EINPROGRESS = 115;
/** Errors of connect(2) that come at once, in words. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'not permitted on this machine (a firewall rule)', // EPERM
  13: 'not permitted on this machine (a firewall rule)', // EACCES
  99: 'no free local port or address', // EADDRNOTAVAIL
  101: 'no route', // ENETUNREACH
  111: 'refused or unreachable', // ECONNREFUSED
  113: 'no route', // EHOSTUNREACH
};
const IPV4_BYTES = 4;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/**
 * Starts a TCP connection whose options are set before the first packet, so that the window offered to the
 * peer fits the buffers, and which can be given up while it connects (the runtime's own connect can't: its
 * descriptor stays until the kernel gives up, two minutes for a silent host).
 *
 * @param ip a literal IPv4 or IPv6 address
 * @returns a non-blocking descriptor that is connecting; a refusal when the kernel has one at once (no route, no
 *   free port); 'unsupported' where foreign calls are missing
 */
export function startConnecting(
  ip: string,
  port: number,
  buffers: FirstBuffers,
): { fd: number } | { refusal: string } | 'unsupported' {
  const address = socketAddress(ip, port);
  if (libc === null || address === null) return 'unsupported';
  const family = address.length === SOCKADDR_IN_BYTES ? AF_INET : AF_INET6;
  const fd = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return 'unsupported'; // out of descriptors, or no IPv6 at all: the runtime's own connect says why
  setBufferSizes(fd, buffers);
  setConnectionOptions(fd);
  if (buffers.longestSegment !== undefined) limitSegments(fd, buffers.longestSegment);
  if (libc.connect(fd, ptr(address), address.length) === 0) return { fd };
  const error = errno();
  if (error === EINPROGRESS) return { fd };
  libc.close(fd);
  return { refusal: REFUSALS[error] ?? `error ${error}` };
}

/** For a descriptor of `startConnecting` that nobody has taken over. */
export function closeDescriptor(fd: number): void {
  libc?.close(fd);
}

/**
 *   sockaddr_in   | family u16 host order | port u16 BE | address 4  | zero 8 |
 *   sockaddr_in6  | family u16 host order | port u16 BE | flow u32   | address 16 | scope u32 |
 */
function socketAddress(ip: string, port: number): Uint8Array | null {
  const address = ipBytes(ip);
  if (address === null) return null;
  const isIpv4 = address.length === IPV4_BYTES;
  const bytes = new Uint8Array(isIpv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  bytes.set([isIpv4 ? AF_INET : AF_INET6, 0, port >> 8, port & 0xff]);
  bytes.set(address, isIpv4 ? 4 : 8);
  return bytes;
}
