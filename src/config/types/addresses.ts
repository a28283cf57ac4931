import { type Cidr, parseCidr, parseIp } from '../../kit/ip.ts';
import { isFrontableDomain } from '../../wire/secret.ts';
import { isNetworkAlone, listenHint, ownEndpointHint, rangeHint, unixHint } from '../hints/address-hint.ts';
import { hostHint } from '../hints/host-hint.ts';
import { textType, type ValueType } from '../value-type.ts';
import { MAX_PORT } from './numbers.ts';
import { listOf } from './texts.ts';

const UNIX_PREFIX = 'unix:';
const MAX_UNIX_PATH_BYTES = 107; // sockaddr_un.sun_path of Linux without its closing NUL
const MAX_HOST_BYTES = 253; // a DNS name
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

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

/** The path of "unix:/path"; null when it is none. */
export function unixPath(text: string): string | null {
  const path = text.slice(UNIX_PREFIX.length);
  const fits = Buffer.byteLength(path) <= MAX_UNIX_PATH_BYTES;
  return text.startsWith(UNIX_PREFIX) && path.startsWith('/') && fits && !path.includes('\0') ? path : null;
}

export function readEndpoint(text: string): Endpoint | undefined {
  return parseEndpoint(text) ?? undefined;
}

export function isEndpoint(text: string): boolean {
  return parseEndpoint(text) !== null;
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

/** Where something of ours listens. @param port what people most likely mean who write none */
export function endpoint(port: number): ValueType<Endpoint> {
  const hint = (found: unknown) => ownEndpointHint(found, isEndpoint, port);
  return textType('host:port, such as "127.0.0.1:9090" or "[::1]:9090"', readEndpoint, { suffix: '', hint });
}

/** An address to listen on: an IP address or "unix:/path". */
export function listenAddresses(max: number): ValueType<readonly SocketHost[]> {
  const parse = (text: string): SocketHost | undefined => {
    const path = unixPath(text);
    if (path !== null) return { kind: 'unix', path };
    return isIp(text) ? { kind: 'tcp', host: text } : undefined;
  };
  const address = textType('an IP address or "unix:/path"', parse, { suffix: '', hint: listenHint });
  return listOf(address, { min: 1, max, suffix: '' });
}

/** The fronted site: a host, "unix:/path", or "" (null) for the TLS domain itself. @param portKey where its port stands */
export function siteAddress(portKey: string): ValueType<SocketHost | null> {
  const parse = (text: string): SocketHost | null | undefined => {
    if (text === '') return null;
    const path = unixPath(text);
    if (path !== null) return { kind: 'unix', path };
    return isHost(text) ? { kind: 'tcp', host: text } : undefined;
  };
  const expected = 'a host name, an IP address, "unix:/path", or "" for the tls domain';
  const hint = (found: unknown) =>
    typeof found === 'string' ? (unixHint(found) ?? hostHint(found, isHost, portKey)) : null;
  return textType(expected, parse, { suffix: '', hint });
}

/** @param portKey where the port stands that belongs to it */
export function hostOrNone(portKey: string): ValueType<string> {
  const parse = (text: string): string | undefined => (text === '' || isHost(text) ? text : undefined);
  const hint = (found: unknown) => hostHint(found, isHost, portKey);
  return textType('a host name or an IP address, or "" to have it detected', parse, { suffix: '', hint });
}

export function ipOrNone(): ValueType<string> {
  const parse = (text: string): string | undefined => (text === '' || isIp(text) ? text : undefined);
  return textType('an IP address, or "" to have it detected', parse, { suffix: '' });
}

/** Host names that a website answers to. @param portKey where the site's port stands */
export function siteNames(max: number, portKey: string): ValueType<readonly string[], 's'> {
  const parse = (text: string): string | undefined => {
    const name = text.toLowerCase();
    return isFrontableDomain(name) ? name : undefined;
  };
  const hint = (found: unknown) =>
    typeof found === 'string' && isIp(found)
      ? 'sites are asked for by name, not by address: write the name (mask.host may be an address)'
      : hostHint(found, (text) => parse(text) !== undefined, portKey);
  const name = textType('a website\'s host name of 4 to 182 characters, such as "www.example.com"', parse, {
    suffix: '',
    hint,
  });
  return listOf(name, { min: 1, max, suffix: 's' });
}

/** Ranges and single addresses; one that only a network can have has to say that it is meant ("10.0.0.0/32"). */
export function addressRanges(max: number): ValueType<readonly Cidr[]> {
  const parse = (text: string): Cidr | undefined => (isNetworkAlone(text) ? undefined : (parseCidr(text) ?? undefined));
  const hint = (found: unknown) => rangeHint(found, (text) => parse(text) !== undefined);
  const range = textType('an address range such as "10.0.0.0/8" or "fd00::/8", or an address', parse, {
    suffix: '',
    hint,
  });
  return listOf(range, { min: 0, max, suffix: '' });
}
