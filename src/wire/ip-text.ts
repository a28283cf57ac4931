import { putU16be, u16be } from './octets.ts';

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const IPV6_GROUPS = 8;
const IPV4_AS_GROUPS = 2;
const MAX_IP_TEXT = 45; // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** The 4 or 16 bytes of an address in text, or null when it is none; zones (`%eth0`) are refused. */
export function ipBytes(text: string): Uint8Array | null {
  if (text.length > MAX_IP_TEXT) return null;
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

/** The address's usual text: dotted, or RFC 5952. `bytes` has 4 or 16. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  const groups: string[] = [];
  for (let at = 0; at < IPV6_BYTES; at += 2) groups.push(u16be(bytes, at).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** An address as 16 bytes, an IPv4 one mapped into `::ffff:0:0/96`. */
export function asIpv6(bytes: Uint8Array): Uint8Array {
  if (bytes.length === IPV6_BYTES) return bytes;
  const mapped = new Uint8Array(IPV6_BYTES);
  mapped.set(MAPPED_PREFIX);
  mapped.set(bytes, MAPPED_PREFIX.length);
  return mapped;
}

function ipv4Bytes(text: string): Uint8Array | null {
  const parts = text.split('.');
  const legal =
    parts.length === IPV4_BYTES && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return legal ? Uint8Array.from(parts, Number) : null;
}

function ipv6Bytes(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0], halves.length === 1);
  const tail = groupsOf(halves[1] ?? '', true);
  if (head === null || tail === null) return null;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const bytes = new Uint8Array(IPV6_BYTES);
  head.forEach((group, i) => {
    putU16be(bytes, 2 * i, group);
  });
  tail.forEach((group, i) => {
    putU16be(bytes, 2 * (IPV6_GROUPS - tail.length + i), group);
  });
  return bytes;
}

/** The 16-bit groups of one side of `::`; the last may be a dotted IPv4 address where the text ends with it. */
function groupsOf(text: string, atEnd: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const dotted = atEnd && i === parts.length - 1 ? ipv4Bytes(part) : null;
    if (dotted === null) return null;
    for (let group = 0; group < IPV4_AS_GROUPS; group++) groups.push(u16be(dotted, 2 * group));
  }
  return groups;
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
