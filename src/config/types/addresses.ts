import * as v from 'valibot';
import { type Cidr, parseCidr, parseIp } from '../../kit/ip.ts';
import { isFrontableDomain } from '../../wire/secret.ts';
import { textType, type ValueType } from '../value-type.ts';
import { MAX_PORT } from './numbers.ts';
import { listOf } from './texts.ts';

const UNIX_PREFIX = 'unix:';
const MAX_UNIX_PATH_BYTES = 107; // sockaddr_un.sun_path of Linux without its closing NUL
const MAX_HOST_BYTES = 253; // a DNS name
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const MAX_DC = 32_767; // the init header's DC field is an int16
const MAX_DC_ADDRESSES = 8;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Where a socket listens or whom it calls, apart from the port: a host or a Unix socket. */
export type SocketHost =
  | { readonly kind: 'tcp'; readonly host: string }
  | { readonly kind: 'unix'; readonly path: string };

function isIp(text: string): boolean {
  return parseIp(text) !== null;
}

/** Whether the text is an IP address or a name that a resolver takes. */
function isHost(text: string): boolean {
  if (isIp(text)) return true;
  if (/^[\d.]+$/.test(text) || text.includes(':')) return false;
  return text.length <= MAX_HOST_BYTES && text.split('.').every((label) => HOST_LABEL.test(label));
}

function unixPath(text: string): string | null {
  const path = text.slice(UNIX_PREFIX.length);
  const fits = Buffer.byteLength(path) <= MAX_UNIX_PATH_BYTES;
  return text.startsWith(UNIX_PREFIX) && path.startsWith('/') && fits && !path.includes('\0') ? path : null;
}

/** Reads "host:port", "1.2.3.4:80" or "[::1]:80"; null when it is none of them. */
export function parseEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, bracketed, bare = '', digits] = match;
  const host = bracketed ?? bare;
  const port = Number(digits);
  if (port < 1 || port > MAX_PORT) return null;
  if (bracketed === undefined ? !isHost(host) : !host.includes(':') || !isIp(host)) return null;
  return { host, port };
}

export function endpoint(): ValueType<Endpoint> {
  return textType('host:port, such as "127.0.0.1:9090" or "[::1]:9090"', parseEndpoint, { suffix: '' });
}

/** An address to listen on: an IP address or "unix:/path". */
export function listenAddresses(max: number): ValueType<readonly SocketHost[]> {
  const parse = (text: string): SocketHost | null => {
    const path = unixPath(text);
    if (path !== null) return { kind: 'unix', path };
    return isIp(text) ? { kind: 'tcp', host: text } : null;
  };
  const address = textType('an IP address or "unix:/path"', parse, { suffix: '' });
  return listOf(address, { min: 1, max, suffix: '' });
}

/** The fronted site: a host, "unix:/path", or "" (null) for the TLS domain itself. */
export function siteAddress(): ValueType<SocketHost | null> {
  return {
    expected: 'a host name, an IP address, "unix:/path", or "" for the tls domain',
    suffix: '',
    schema: v.pipe(
      v.string(),
      v.rawTransform<string, SocketHost | null>(({ dataset: { value }, addIssue, NEVER }) => {
        if (value === '') return null;
        const path = unixPath(value);
        if (path !== null) return { kind: 'unix', path };
        if (isHost(value)) return { kind: 'tcp', host: value };
        addIssue();
        return NEVER;
      }),
    ),
    fromText: (text) => text,
    isSecret: false,
  };
}

export function hostOrNone(): ValueType<string> {
  const parse = (text: string): string | null => (text === '' || isHost(text) ? text : null);
  return textType('a host name or an IP address, or "" to have it detected', parse, { suffix: '' });
}

export function ipOrNone(): ValueType<string> {
  const parse = (text: string): string | null => (text === '' || isIp(text) ? text : null);
  return textType('an IP address, or "" to have it detected', parse, { suffix: '' });
}

/** Host names that a website answers to. */
export function siteNames(max: number): ValueType<readonly string[], 's'> {
  const parse = (text: string): string | null => {
    const name = text.toLowerCase();
    return isFrontableDomain(name) ? name : null;
  };
  const name = textType('a website\'s host name of 4 to 182 characters, such as "www.example.com"', parse, {
    suffix: '',
  });
  return listOf(name, { min: 1, max, suffix: 's' });
}

export function addressRanges(max: number): ValueType<readonly Cidr[]> {
  const range = textType('an address range such as "10.0.0.0/8" or "fd00::/8"', parseCidr, { suffix: '' });
  return listOf(range, { min: 0, max, suffix: '' });
}

/** Domain to where its site is reached. */
export function siteTargets(max: number): ValueType<ReadonlyMap<string, Endpoint | { readonly unix: string }>> {
  const parse = (text: string): Endpoint | { readonly unix: string } | null => {
    const path = unixPath(text);
    return path === null ? parseEndpoint(text) : { unix: path };
  };
  const target = textType('host:port or "unix:/path"', parse, { suffix: '' });
  return {
    expected: `at most ${max} domains with host:port or "unix:/path", such as "a.example.org" = "127.0.0.1:8443"`,
    expectedInside: 'a domain in lower case, with host:port or "unix:/path"',
    suffix: '',
    schema: v.pipe(
      v.unknown(),
      v.transform((raw) => (typeof raw === 'object' && raw !== null ? new Map(Object.entries(raw)) : raw)),
      v.map(v.pipe(v.string(), v.check(isFrontableDomain)), target.schema),
      v.maxSize(max),
    ),
    fromText: null,
    isSecret: false,
  };
}

/** DC number to the addresses that replace the built-in ones. */
export function dcAddresses(): ValueType<ReadonlyMap<number, readonly Endpoint[]>> {
  const addresses = listOf(endpoint(), { min: 1, max: MAX_DC_ADDRESSES, suffix: '' });
  const isDc = (text: string): boolean => /^-?[1-9]\d{0,4}$/.test(text) && Math.abs(Number(text)) <= MAX_DC;
  return {
    expected: `DC numbers with host:port or a list of 1 to ${MAX_DC_ADDRESSES} of them, such as "2" = ["127.0.0.2:9443"]`,
    expectedInside: `a DC number such as "2" or "-2", with host:port or a list of 1 to ${MAX_DC_ADDRESSES} of them`,
    suffix: '',
    schema: v.pipe(
      v.unknown(),
      v.transform((raw) => (typeof raw === 'object' && raw !== null ? new Map(Object.entries(raw)) : raw)),
      v.map(v.pipe(v.string(), v.check(isDc), v.transform(Number)), addresses.schema),
    ),
    fromText: null,
    isSecret: false,
  };
}
