import { type Cidr, cidrContains, parseCidr, parseIp } from '../kit/ip.ts';

/** The part of an `os.networkInterfaces()` entry that counts here. */
export interface InterfaceAddress {
  readonly address: string;
  readonly internal: boolean;
}

export interface PublicHost {
  readonly host: string;
  /** What the operator must know about this choice; null when there is nothing to say. */
  readonly note: string | null;
}

const LOOPBACK = '127.0.0.1';
/** Bridges and tunnels of containers and virtual machines: no client outside reaches them. */
const VIRTUAL_NAME = /^(?:docker|br-|veth|virbr|cni|flannel|cali|podman)/;
/** IPv4 ranges that the internet does not route (IANA special-purpose registry). */
const NOT_PUBLIC_IPV4 = ranges(
  ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  [
    '192.0.2.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
);
const PUBLIC_IPV6 = ranges(['2000::/3']);
const NOT_PUBLIC_IPV6 = ranges(['2001:db8::/32', '3fff::/20']);

/**
 * The host to name in links: the configured one, else a public address of this machine, else the best there is with a note.
 *
 * @param interfaces as `os.networkInterfaces()` gives them
 */
export function publicHost(
  configured: string,
  interfaces: Readonly<Record<string, readonly InterfaceAddress[] | undefined>>,
): PublicHost {
  if (configured !== '') return { host: configured, note: null };
  const addresses = outsideAddresses(interfaces);
  const ipv4 = addresses.filter((address) => address.includes('.'));
  const publicIpv4 = ipv4.find(isPublic);
  if (publicIpv4 !== undefined) return { host: publicIpv4, note: null };
  const publicIpv6 = addresses.find(isPublic);
  if (publicIpv6 !== undefined) return { host: publicIpv6, note: onlyIpv6(publicIpv6) };
  const [privateIpv4] = ipv4;
  if (privateIpv4 !== undefined) return { host: privateIpv4, note: notReachable(privateIpv4) };
  return { host: LOOPBACK, note: notReachable(LOOPBACK) };
}

function outsideAddresses(interfaces: Readonly<Record<string, readonly InterfaceAddress[] | undefined>>): string[] {
  const real = Object.entries(interfaces).filter(([name]) => !VIRTUAL_NAME.test(name));
  return real.flatMap(([, list = []]) => list.filter(({ internal }) => !internal).map(({ address }) => address));
}

function isPublic(address: string): boolean {
  const bytes = parseIp(address);
  if (bytes === null) return false;
  if (bytes.length === 4) return !isIn(NOT_PUBLIC_IPV4, bytes);
  return isIn(PUBLIC_IPV6, bytes) && !isIn(NOT_PUBLIC_IPV6, bytes);
}

function isIn(list: readonly Cidr[], bytes: Uint8Array): boolean {
  return list.some((range) => cidrContains(range, bytes));
}

function ranges(...texts: string[][]): Cidr[] {
  return texts.flat().flatMap((text) => parseCidr(text) ?? []);
}

function onlyIpv6(address: string): string {
  return `links name ${address}, the only public address found here: clients without IPv6 cannot connect; set public_host`;
}

function notReachable(address: string): string {
  return `links name ${address}, which clients outside this network cannot reach: set public_host to the server's public address or name`;
}
