import { ipText, parseIp } from './ip.ts';

/** An IP address and a port, as a socket reports them. */
export interface PeerAddress {
  readonly ip: string;
  readonly port: number;
}

const NETWORK_BYTES = 8; // of an IPv6 address: its /64

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

/** "192.0.2.1:443" or "[2001:db8::1]:443". */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
