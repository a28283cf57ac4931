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
 * @returns 4 or 16 bytes in network order (an IPv4 address inside IPv6 becomes 4), or null when the text is no address
 */
export function parseIp(text: string): Uint8Array | null {
  if (text.length > MAX_IP_TEXT) return null;
  if (!text.includes(':')) return ipv4Bytes(text);
  const bytes = ipv6Bytes(text);
  const isMapped = bytes !== null && MAPPED_PREFIX.every((byte, index) => bytes[index] === byte);
  return isMapped ? bytes.slice(MAPPED_PREFIX.length) : bytes;
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
