import { fromHex, hex } from './bytes.ts';
import { ipText, parseIp } from './ip.ts';

/** An IP address and a port, as a socket reports them. */
export interface PeerAddress {
  readonly ip: string;
  readonly port: number;
}

const NETWORK_BYTES = 8; // of an IPv6 address: its /64
/**
 * Bytes of the IPv6 prefixes that stand around it: /32 (what a provider has), /40, /48 (what a tunnel broker or a hosting company
 * gives away), /56 (a household).
 */
const AROUND_NETWORK = [4, 5, 6, 7] as const;
const IPV6_BYTES = 16;
const HEX_DIGIT_BITS = 4;

/** An address in its usual text, an IPv4-mapped one (what a dual-stack socket reports) as plain IPv4; other text unchanged. */
export function canonicalIp(ip: string): string {
  if (!ip.includes(':')) return ip; // the usual case, without a new string
  const bytes = parseIp(ip);
  return bytes === null ? ip : ipText(bytes);
}

/**
 * The network that counts as one place: an IPv4 address itself, an IPv6 address's /64
 * (a phone changes its lower half at will). Used for `max_ips` and per-address limits.
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const bytes = parseIp(ip.split('%', 1)[0] ?? '');
  if (bytes === null || bytes.length < NETWORK_BYTES) return bytes === null ? ip : ipText(bytes);
  return `${ipText(bytes.fill(0, NETWORK_BYTES))}/64`;
}

/**
 * The networks around an address, widest first, each as a key that `networkKeyText` reads: of IPv4 the /24 and the address, of
 * IPv6 from the /32 to the /64. Whoever has a whole prefix to himself can't look like many by it. Other text is one network.
 */
export function nestedNetworks(ip: string): string[] {
  if (!ip.includes(':')) return ip.includes('.') ? [ip.slice(0, ip.lastIndexOf('.')), ip] : [ip];
  const bytes = parseIp(ip.split('%', 1)[0] ?? '');
  if (bytes === null || bytes.length < NETWORK_BYTES) return bytes === null ? [ip] : nestedNetworks(ipText(bytes));
  const digits = hex(bytes.subarray(0, NETWORK_BYTES));
  return [...AROUND_NETWORK.map((count) => digits.slice(0, 2 * count)), digits];
}

/** The usual text of one of `nestedNetworks`: "192.0.2.1", "192.0.2.0/24" or "2001:db8::/32". */
export function networkKeyText(key: string): string {
  if (/^\d+\.\d+\.\d+$/.test(key)) return `${key}.0/24`;
  if (!/^(?:[0-9a-f]{2}){4,8}$/.test(key)) return key;
  const bytes = new Uint8Array(IPV6_BYTES);
  bytes.set(fromHex(key));
  return `${ipText(bytes)}/${key.length * HEX_DIGIT_BITS}`;
}

/** "192.0.2.1:443" or "[2001:db8::1]:443". */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
