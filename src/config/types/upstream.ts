import { MAX_SOCKS_FIELD_BYTES } from '../../wire/socks5.ts';
import { textType, type ValueType } from '../value-type.ts';
import { type Endpoint, parseEndpoint } from './addresses.ts';

const DEFAULT_SOCKS_PORT = '1080';
const URL_PARTS = /^socks5h?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[^\]]+\]|[^:@/[\]]+)(?::(\d+))?\/?$/i;

export interface Upstream extends Endpoint {
  readonly user: string;
  readonly password: string;
}

/** A SOCKS5 proxy to reach Telegram through, or "" (null). Its credentials are percent-decoded; a user may have no password. */
export function upstream(): ValueType<Upstream | null> {
  const parse = (text: string): Upstream | null | undefined => {
    if (text === '') return null;
    const proxy = parseSocksUrl(text);
    return proxy === null || credentialsFault(proxy) !== null ? undefined : proxy;
  };
  const expected = 'socks5://host:port or socks5://user:password@host:port, or "" for none';
  return textType(expected, parse, { suffix: '', isSecret: true, hint: upstreamHint });
}

/** Says nothing of what stood there, which may hold a password. */
function upstreamHint(found: unknown): string | null {
  if (typeof found !== 'string') return null;
  const scheme = /^(\w+):\/\//.exec(found)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'it has to begin with socks5://';
  if (!/^socks5h?$/.test(scheme)) return `${scheme} proxies cannot be used, only SOCKS5 ones`;
  const proxy = parseSocksUrl(found);
  if (proxy !== null) return credentialsFault(proxy);
  const credentials = /\/\/(.*)@/s.exec(found)?.[1] ?? '';
  const isEncoded = /^[^:@/%]*(?:%[0-9a-f]{2}[^:@/%]*)*(?::[^:@/%]*(?:%[0-9a-f]{2}[^:@/%]*)*)?$/i.test(credentials);
  return isEncoded ? null : 'in user and password write "@" as %40, ":" as %3A, "/" as %2F and "%" as %25';
}

/** What SOCKS5 cannot carry; null when there is nothing. */
function credentialsFault({ user, password }: Upstream): string | null {
  if (user === '' && password !== '') return 'a SOCKS5 password needs a user name';
  const lengths = { user: Buffer.byteLength(user), password: Buffer.byteLength(password) };
  for (const [name, bytes] of Object.entries(lengths)) {
    if (bytes > MAX_SOCKS_FIELD_BYTES) return `the ${name} has ${bytes} bytes, SOCKS5 takes ${MAX_SOCKS_FIELD_BYTES}`;
  }
  return null;
}

function parseSocksUrl(text: string): Upstream | null {
  const [, user = '', password = '', host, port = DEFAULT_SOCKS_PORT] = URL_PARTS.exec(text) ?? [];
  if (host === undefined) return null;
  const target = parseEndpoint(`${host}:${port}`);
  const credentials = { user: percentDecoded(user), password: percentDecoded(password) };
  if (target === null || credentials.user === null || credentials.password === null) return null;
  return { ...target, user: credentials.user, password: credentials.password };
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
