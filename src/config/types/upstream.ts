import * as v from 'valibot';
import { MAX_SOCKS_FIELD_BYTES } from '../../wire/socks5.ts';
import type { ValueType } from '../value-type.ts';
import { type Endpoint, parseEndpoint } from './addresses.ts';

const DEFAULT_SOCKS_PORT = '1080';
const URL_PARTS = /^socks5h?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[^\]]+\]|[^:@/[\]]+)(?::(\d+))?\/?$/i;
const SEVERAL_AT_SIGNS = /^socks5h?:\/\/.*@.*@/i;
const NOT_ENCODED = 'in user and password of a SOCKS5 proxy "%", ":", "@" and "/" are written %25, %3A, %40 and %2F';

export interface Upstream extends Endpoint {
  readonly user: string;
  readonly password: string;
}

/** A SOCKS5 proxy to reach Telegram through, or "" (null). Its credentials are percent-decoded; a user may have no password. */
export function upstream(): ValueType<Upstream | null> {
  return {
    expected: 'socks5://host:port or socks5://user:password@host:port, or "" for none',
    suffix: '',
    schema: v.pipe(
      v.string(),
      v.rawTransform<string, Upstream | null>(({ dataset: { value }, addIssue, NEVER }) => {
        if (value === '') return null;
        const reading = readSocksUrl(value);
        if (typeof reading === 'object') return reading;
        addIssue(reading === '' ? undefined : { message: reading });
        return NEVER;
      }),
    ),
    fromText: (text) => text,
    isSecret: true,
  };
}

/** @returns why it is none, empty where there is no more to say than what is expected; nothing of the text is repeated */
function readSocksUrl(text: string): Upstream | string {
  const match = URL_PARTS.exec(text);
  if (match === null) return SEVERAL_AT_SIGNS.test(text) ? NOT_ENCODED : '';
  const [, rawUser = '', rawPassword = '', host, port = DEFAULT_SOCKS_PORT] = match;
  const target = parseEndpoint(`${host}:${port}`);
  if (target === null) return '';
  const [user, password] = [percentDecoded(rawUser), percentDecoded(rawPassword)];
  if (user === null || password === null) return NOT_ENCODED;
  if (user === '' && password !== '') return 'a SOCKS5 password needs a user: socks5://user:password@host:port';
  for (const [name, word] of [['user', user] as const, ['password', password] as const]) {
    const bytes = Buffer.byteLength(word);
    if (bytes > MAX_SOCKS_FIELD_BYTES)
      return `the SOCKS5 ${name} has ${bytes} bytes, of ${MAX_SOCKS_FIELD_BYTES} that are possible`;
  }
  return { ...target, user, password };
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
