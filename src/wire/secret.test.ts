import { describe, expect, test } from 'bun:test';
import { vectors } from '../../test/vectors/vectors.ts';
import { fromHex, hex } from '../kit/bytes.ts';
import {
  isFrontableDomain,
  MAX_DOMAIN_BYTES,
  readSecret,
  type Secret,
  secretBase64Url,
  secretBytes,
  secretHex,
} from './secret.ts';

const { valid, invalid } = vectors.secrets_and_links;
const KEY = vectors.meta.secret;

function read(text: string): Secret {
  const reading = readSecret(text);
  if (reading.kind === 'reject') throw new Error(reading.reason);
  return reading.secret;
}

describe.each(valid)('a $kind secret', (vector) => {
  const texts = [vector.hex, vector.hex_upper, vector.base64url_nopad, vector.base64, vector.base64.replace(/=*$/, '')];

  test.each(texts)('reads %s', (text) => {
    const secret = read(text);
    expect(secret.kind).toBe(vector.kind);
    expect(hex(secret.key)).toBe(vector.key16);
    expect(secret.domain).toBe(vector.domain ?? '');
  });

  test('is written in every form', () => {
    const secret = read(vector.hex);
    expect(hex(secretBytes(secret))).toBe(vector.raw);
    expect(secretHex(secret)).toBe(vector.hex);
    expect(secretBase64Url(secret)).toBe(vector.base64url_nopad);
  });
});

test.each(invalid)('refuses a text ($why)', ({ text }) => {
  expect(readSecret(text).kind).toBe('reject');
});

test.each([
  ['odd number of digits', `${KEY}0`],
  ['a blank', ` ${KEY}`],
  ['a line feed after it', `${KEY}\n`],
  ['padding inside', 'ASNFZ4mrze=_-3LqYdlQyEA'],
  ['three equals signs', 'ASNFZ4mrze_-3LqYdlQyEA==='],
  ['a length no base64 has', 'ASNFZ4mrze_-3LqYdlQyE'],
  ['ee with an upper-case domain', `ee${KEY}${hex(Buffer.from('WWW.example.org'))}`],
  ['ee with a domain of one label', `ee${KEY}${hex(Buffer.from('localhost'))}`],
  ['ee with a NUL in its domain', `ee${KEY}${hex(Buffer.from('www.example.org\0'))}`],
  ['ee with a domain too long', `ee${KEY}${hex(Buffer.from(`${'a.'.repeat(91)}a`))}`],
  ['much too long', 'a'.repeat(100_000)],
])('refuses %s', (_, text) => {
  expect(readSecret(text).kind).toBe('reject');
});

test('a reason never repeats the secret', () => {
  for (const text of [`${KEY}00`, `aa${KEY}`, `ee${KEY}`, `ee${KEY}ff`, `${KEY}!`]) {
    const reading = readSecret(text);
    expect(reading.kind).toBe('reject');
    expect(JSON.stringify(reading)).not.toContain(KEY.slice(0, 8));
  }
});

test.each([
  ['33 digits', `${KEY}0`, '33 hexadecimal digits: a key has 32'],
  ['31 digits', KEY.slice(1), '31 hexadecimal digits: a key has 32'],
  ['ee and a key', `ee${KEY}`, 'there is no domain'],
  ['ee and a domain in letters', `ee${KEY}www.example.com`, 'its domain stands there as it is'],
  ['a tg link', `tg://proxy?server=a.example&port=443&secret=dd${KEY}`, 'a whole link'],
  ['a web link', `https://t.me/proxy?server=a.example&port=443&secret=dd${KEY}`, 'a whole link'],
  ['a web link without its scheme', `t.me/proxy?server=a.example&port=443&secret=dd${KEY}`, 'a whole link'],
  ['part of a link', `secret=${KEY}`, 'a whole link'],
  ['quotes', `"${KEY}"`, 'quotes'],
  ['typographic quotes', `\u201c${KEY}\u201d`, 'quotes'],
  ['blanks', KEY.replace(/(.{8})/g, '$1 ').trim(), 'blanks'],
  ['0x', `0x${KEY}`, 'begins with 0x'],
  ['the letter O', `O${KEY.slice(1)}`, 'not all of its 32 characters are hexadecimal digits'],
  ['17 bytes', `${KEY}00`, '17 bytes are neither'],
  ['a domain that is none', `ee${KEY}ff`, 'its domain is not a lower-case host name'],
  ['other characters', `${KEY}!`, 'neither hexadecimal nor base64'],
])('says what is wrong with %s', (_, text, reason) => {
  const reading = readSecret(text);
  expect(reading).toEqual({ kind: 'reject', reason: expect.stringContaining(reason) });
  expect(JSON.stringify(reading)).not.toContain(KEY.slice(0, 8));
});

test('32 characters may be base64 that has no other sign of it', () => {
  const secret = { kind: 'ee', key: fromHex('5f'.repeat(16)), domain: 'abc.com' } as const;
  const text = secretBase64Url(secret);
  expect(text).toMatch(/^[0-9A-Za-z]{32}$/);
  expect(read(text)).toEqual(secret);
});

test('the longest domain fits', () => {
  const domain = `${'a.'.repeat(90)}aa`;
  expect(domain.length).toBe(MAX_DOMAIN_BYTES);
  expect(read(`ee${KEY}${hex(Buffer.from(domain))}`).domain).toBe(domain);
});

test('the binary form is a copy even of a Buffer', () => {
  const key = Buffer.from(fromHex(KEY));
  secretBytes({ kind: 'plain', key, domain: '' }).fill(0);
  expect(hex(key)).toBe(KEY);
});

test.each([
  ['www.example.org', true],
  ['a.bc', true],
  ['xn--e1afmkfd.xn--p1ai', true],
  ['a-b.example', true],
  ['1.example', true],
  ['a.b', false],
  ['example', false],
  ['Example.org', false],
  ['-a.example', false],
  ['a-.example', false],
  ['a..example', false],
  ['.example', false],
  ['example.', false],
  ['a_b.example', false],
  ['192.0.2.1', false],
  ['пример.рф', false],
  [`${'a'.repeat(63)}.example`, true],
  [`${'a'.repeat(64)}.example`, false],
  ['www.example.org\n', false],
])('%j is frontable: %p', (domain, expected) => {
  expect(isFrontableDomain(domain)).toBe(expected);
});
