const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const IPV6_GROUPS = 8;
const MAX_IP_TEXT = 45; // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
const DECIMAL_BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${DECIMAL_BYTE}(?:\\.${DECIMAL_BYTE}){3}$`);
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]; // ::ffff:0:0/96, an IPv4 address seen by an IPv6 socket

/** A range of addresses: every address whose first `bits` bits are those of `network` (4 or 16 bytes). */
export interface Cidr {
  readonly network: Uint8Array;
  readonly bits: number;
}

/**
 * Reads an IP address as text; zones ("%eth0") are refused. Written out since node:net costs megabytes of memory.
 *
 * @returns 4 or 16 bytes in network order as the text has them, or null when it is no address
 */
export function ipBytes(text: string): Uint8Array | null {
  if (text.length > MAX_IP_TEXT) return null;
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

/** Reads an IP address as text; an IPv4 address mapped into IPv6 becomes its 4 bytes. */
export function parseIp(text: string): Uint8Array | null {
  const bytes = ipBytes(text);
  return bytes !== null && isMapped(bytes) ? bytes.slice(MAPPED_PREFIX.length) : bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === IPV6_BYTES && MAPPED_PREFIX.every((byte, index) => bytes[index] === byte);
}

/** An address as 16 bytes, an IPv4 one mapped into `::ffff:0:0/96`. */
export function asIpv6(bytes: Uint8Array): Uint8Array {
  return bytes.length === IPV6_BYTES ? bytes : Uint8Array.of(...MAPPED_PREFIX, ...bytes);
}

/** The address's usual text: dotted, or RFC 5952. `bytes` has 4 or 16. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  if (isMapped(bytes)) return `::ffff:${bytes.subarray(MAPPED_PREFIX.length).join('.')}`;
  const groups: string[] = [];
  for (let at = 0; at < IPV6_BYTES; at += 2) groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** Reads "10.0.0.0/8" or a single address; bits beyond the prefix are ignored. Null when it is neither. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const network = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (network === null) return null;
  const width = network.length * 8;
  if (slash < 0) return { network, bits: width };
  const prefix = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix)) return null;
  const mappedBits = network.length === IPV4_BYTES && text.includes(':') ? MAPPED_PREFIX.length * 8 : 0;
  const bits = Number(prefix) - mappedBits;
  return bits >= 0 && bits <= width ? { network, bits } : null;
}

/** Whether an address (bytes as `parseIp` gives them) lies in the range. */
export function cidrContains(range: Cidr, address: Uint8Array): boolean {
  if (address.length !== range.network.length) return false;
  const whole = range.bits >> 3;
  for (let index = 0; index < whole; index += 1) if (address[index] !== range.network[index]) return false;
  const rest = range.bits & 7;
  if (rest === 0) return true;
  const mask = 0xff << (8 - rest);
  return ((address[whole] ?? 0) & mask) === ((range.network[whole] ?? 0) & mask);
}

function ipv4Bytes(text: string): Uint8Array | null {
  return IPV4.test(text) ? Uint8Array.from(text.split('.'), Number) : null;
}

function ipv6Bytes(text: string): Uint8Array | null {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return null;
  const front = groupBytes(head, tail === undefined);
  const back = groupBytes(tail ?? '', true);
  if (front === null || back === null) return null;
  const missing = IPV6_BYTES - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  const bytes = new Uint8Array(IPV6_BYTES);
  bytes.set(front, 0);
  bytes.set(back, IPV6_BYTES - back.length);
  return bytes;
}

/** The bytes of one side of "::"; only the text's very end may be a dotted IPv4 address. */
function groupBytes(text: string, isEnd: boolean): number[] | null {
  if (text === '') return [];
  const groups = text.split(':');
  if (groups.length > IPV6_GROUPS) return null;
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    const dotted = isEnd && index === groups.length - 1 ? ipv4Bytes(group) : null;
    if (dotted !== null) bytes.push(...dotted);
    else if (IPV6_GROUP.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return null;
  }
  return bytes;
}

function longestZeros(groups: string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [i, group] of groups.entries()) {
    if (group !== '0') start = i + 1;
    else if (i + 1 - start > longest.length) longest = { start, length: i + 1 - start };
  }
  return longest;
}
