/** An IP address and a port, as a socket reports them. */
export interface PeerAddress {
  readonly ip: string;
  readonly port: number;
}

const MAPPED_PREFIX = '::ffff:';

/** The plain IPv4 text of an IPv4-mapped address (what a dual-stack socket reports), in either spelling; other text in lower case. */
export function canonicalIp(ip: string): string {
  const lower = ip.toLowerCase();
  if (!lower.startsWith(MAPPED_PREFIX)) return lower;
  const rest = lower.slice(MAPPED_PREFIX.length);
  if (rest.includes('.')) return rest;
  const groups = rest.split(':').map((group) => Number.parseInt(group, 16));
  const [high = 0, low = 0] = groups;
  return groups.length === 2 ? [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.') : lower;
}

/**
 * The network that counts as one place: an IPv4 address itself, an IPv6 address's /64
 * (a phone changes its lower half at will). Used for `max_ips` and per-address limits.
 */
export function networkOf(ip: string): string {
  const plain = canonicalIp(ip);
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('%', 1)[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
