import { ptr } from 'bun:ffi';
import { isIPv4, isIPv6 } from 'node:net';
import { errno, libc } from './libc.ts';
import { type BufferSizes, setBufferSizes, setConnectionOptions } from './socket-options.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EINPROGRESS = 115;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

/**
 * Starts a TCP connection whose options are set before the first packet, so that the window offered to the
 * peer fits the buffers, and which can be given up while it connects (the runtime's own connect can't: its
 * descriptor stays until the kernel gives up, two minutes for a silent host).
 *
 * @param ip a literal IPv4 or IPv6 address
 * @returns a non-blocking descriptor that is connecting; 'unreachable' when the kernel refuses at once
 *   (no route); 'unsupported' where foreign calls are missing
 */
export function startConnecting(
  ip: string,
  port: number,
  buffers: BufferSizes,
): { fd: number } | 'unreachable' | 'unsupported' {
  const address = socketAddress(ip, port);
  if (libc === null || address === null) return 'unsupported';
  const family = address.length === SOCKADDR_IN_BYTES ? AF_INET : AF_INET6;
  const fd = libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return 'unsupported'; // out of descriptors, or no IPv6 at all: the runtime's own connect says why
  setBufferSizes(fd, buffers);
  setConnectionOptions(fd);
  if (libc.connect(fd, ptr(address), address.length) === 0 || errno() === EINPROGRESS) return { fd };
  libc.close(fd);
  return 'unreachable';
}

/**
 *   sockaddr_in   | family u16 host order | port u16 BE | address 4  | zero 8 |
 *   sockaddr_in6  | family u16 host order | port u16 BE | flow u32   | address 16 | scope u32 |
 */
function socketAddress(ip: string, port: number): Uint8Array | null {
  if (isIPv4(ip)) {
    const bytes = new Uint8Array(SOCKADDR_IN_BYTES);
    bytes.set([AF_INET, 0, port >> 8, port & 0xff]);
    bytes.set(ip.split('.').map(Number), 4);
    return bytes;
  }
  if (!isIPv6(ip) || ip.includes('%')) return null;
  const bytes = new Uint8Array(SOCKADDR_IN6_BYTES);
  bytes.set([AF_INET6, 0, port >> 8, port & 0xff]);
  bytes.set(ipv6Bytes(ip), 8);
  return bytes;
}

function ipv6Bytes(ip: string): Uint8Array {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  const text = dotted === null ? ip : `${dotted[1]}${pairHex(dotted[2], dotted[3])}:${pairHex(dotted[4], dotted[5])}`;
  const [head = '', tail = ''] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const bytes = new Uint8Array(16);
  groups.forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    bytes[2 * index] = value >> 8;
    bytes[2 * index + 1] = value & 0xff;
  });
  return bytes;
}

function pairHex(high: string | undefined, low: string | undefined): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
