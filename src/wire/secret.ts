import { concat, fromHex, hex, latin1, utf8 } from '../kit/bytes.ts';

/** How a secret presents itself: bare, with padded framing, or inside fake TLS. */
export type SecretKind = 'plain' | 'dd' | 'ee';

/** A secret as links carry it: `[prefix] key16 [domain]`. Only the key is ever mixed into a cipher or a digest. */
export interface Secret {
  readonly kind: SecretKind;
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** The fronted host name of an ee secret, otherwise empty. */
  readonly domain: string;
}

export type SecretReading = { kind: 'match'; secret: Secret } | { kind: 'reject'; reason: string };

/** Length of every secret's key. */
export const KEY_BYTES = 16;
/** Longest domain that every client sends whole. */
export const MAX_DOMAIN_BYTES = 182;

const MIN_DOMAIN_BYTES = 4;
const PREFIX_BYTES = 1;
const PREFIXES = { dd: 0xdd, ee: 0xee } as const;
const MAX_SECRET_BYTES = PREFIX_BYTES + KEY_BYTES + MAX_DOMAIN_BYTES;
const MAX_TEXT_LENGTH = 2 * MAX_SECRET_BYTES;

/**
 * Reads a secret from a link or a configuration: hexadecimal first, then base64url or base64, padded or not.
 *
 * @returns the secret, or why it is none; the reason never repeats the text
 * @see protocol notes, "1. Secrets and links"
 */
export function readSecret(text: string): SecretReading {
  if (text.length > MAX_TEXT_LENGTH) return reject(`longer than ${MAX_TEXT_LENGTH} characters`);
  const bytes = bytesOfText(text);
  const reading = bytes === null ? reject('neither hexadecimal nor base64') : secretOfBytes(bytes);
  return reading.kind === 'match' ? reading : reject(slipIn(text) ?? reading.reason);
}

const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/^(?:tg|https?):|^t\.me\/|secret=/i, 'this is a whole link: write only what stands behind "secret="'],
  [/["'`\u00ab\u00bb\u2018-\u201f]/, 'quotes are part of it'],
  [/[,;]/, 'a comma is part of it: each user has one secret'],
  [/\s/, 'blanks are part of it'],
  [/^0x/i, 'it begins with 0x: leave that out'],
  [
    /^ee[0-9a-f]{32}[a-z0-9-]*\.[a-z0-9.-]+$/i,
    'its domain stands there as it is: in a secret it is written in hexadecimal digits',
  ],
];
const HEX_DIGITS = /^[0-9a-f]+$/i;
const KEY_DIGITS = 32;

/** What people often take for a secret, or leave in one; null when it is nothing of that kind. @param text one that is no secret */
function slipIn(text: string): string | null {
  const slip = SLIPS.find(([pattern]) => pattern.test(text));
  if (slip !== undefined) return slip[1];
  if (HEX_DIGITS.test(text) && text.length % 2 === 1)
    return `${text.length} hexadecimal digits: a key has ${KEY_DIGITS}`;
  const looksLikeDigits = text.length === KEY_DIGITS && /^[0-9a-z]+$/i.test(text);
  if (looksLikeDigits && !HEX_DIGITS.test(text))
    return `not all of its ${KEY_DIGITS} characters are hexadecimal digits (0-9 and a-f)`;
  return null;
}

// 32 hexadecimal digits are legal base64 too, so the order of the two matters.
function bytesOfText(text: string): Uint8Array | null {
  if (text.length % 2 === 0 && HEX_DIGITS.test(text)) return fromHex(text);
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  const digits = text.replace(/=+$/, '');
  return digits.length % 4 === 1 ? null : new Uint8Array(Buffer.from(digits, 'base64'));
}

function secretOfBytes(bytes: Uint8Array): SecretReading {
  if (bytes.length === KEY_BYTES) return { kind: 'match', secret: { kind: 'plain', key: bytes, domain: '' } };
  const prefix = bytes[0];
  const key = bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + KEY_BYTES);
  const rest = bytes.subarray(PREFIX_BYTES + KEY_BYTES);
  if (prefix === PREFIXES.dd && key.length === KEY_BYTES && rest.length === 0) {
    return { kind: 'match', secret: { kind: 'dd', key, domain: '' } };
  }
  if (prefix === PREFIXES.ee && key.length === KEY_BYTES) {
    if (rest.length === 0)
      return reject('ee stands before a key and a domain, and there is no domain: write the key alone');
    const domain = latin1(rest);
    if (isFrontableDomain(domain)) return { kind: 'match', secret: { kind: 'ee', key, domain } };
    return reject(`its domain is not a lower-case host name of ${MIN_DOMAIN_BYTES} to ${MAX_DOMAIN_BYTES} characters`);
  }
  return reject(`${bytes.length} bytes are neither a key of 16, nor dd and a key, nor ee, a key and a domain`);
}

function reject(reason: string): { kind: 'reject'; reason: string } {
  return { kind: 'reject', reason };
}

/** The binary form, a copy: prefix, key, domain. */
export function secretBytes({ kind, key, domain }: Secret): Uint8Array {
  if (kind === 'plain') return new Uint8Array(key);
  return concat(Uint8Array.of(PREFIXES[kind]), key, utf8(domain));
}

/** The text form that every client accepts. */
export function secretHex(secret: Secret): string {
  return hex(secretBytes(secret));
}

/** The shorter text form, unpadded. */
export function secretBase64Url(secret: Secret): string {
  return Buffer.from(secretBytes(secret)).toString('base64url');
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`);
const NUMBER_AT_END = /\.\d+$/; // an IPv4 address: no server name may be one

/** Tells whether clients can name `domain` in their hello: 4 to 182 lower-case ASCII characters, dotted labels, no address. */
export function isFrontableDomain(domain: string): boolean {
  const fits = domain.length >= MIN_DOMAIN_BYTES && domain.length <= MAX_DOMAIN_BYTES;
  return fits && HOST_NAME.test(domain) && !NUMBER_AT_END.test(domain);
}
