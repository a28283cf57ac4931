import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { DOMAIN } from '../../test/support/proxy.ts';
import { termsOf } from '../../test/support/users.ts';
import { systemRandom } from '../kit/random.ts';
import type { Framing } from '../wire/framing/framing.ts';
import { buildInitHeader } from '../wire/obfuscated2.ts';
import { type ClientHello, readClientHello } from '../wire/tls/client-hello.ts';
import { signHello } from '../wire/tls/hello-digest.ts';
import { buildClientHello } from '../wire/tls/synthetic-hello.ts';
import { Authenticator } from './authenticator.ts';
import { Roster } from './roster.ts';
import type { UserTerms } from './user.ts';

const NOW = 1_700_000_000_000;
const SKEW_MS = 120_000;
const TLS = { domains: [DOMAIN, 'other.example.org'], unknownSni: 'mask', maxClockSkewMs: SKEW_MS } as const;
const MODES = { classic: true, secure: true, tls: true };
const IP = '192.0.2.1';

function keyOf(name: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest()).slice(0, 16);
}

/** A user whose key, each time it is read, leaves its name in `asked`: one reading is one HMAC or one hash. */
function watched(name: string, asked: string[]): UserTerms {
  const terms = termsOf({ name });
  return {
    ...terms,
    get key() {
      asked.push(name);
      return keyOf(name);
    },
  };
}

function helloOf(name: string, options: { domain?: string; atMs?: number } = {}): ClientHello {
  const { domain = DOMAIN, atMs = NOW } = options;
  const unsigned = buildClientHello({ domain, random: systemRandom });
  const reading = readClientHello(signHello(unsigned, keyOf(name), Math.floor(atMs / 1_000)));
  if (reading.kind !== 'match') throw new Error(reading.kind);
  return reading.hello;
}

function headerOf(name: string, framing: Framing = 'padded'): Uint8Array {
  return buildInitHeader({ framing, dc: 2, random: systemRandom, secretKey: keyOf(name) }).wire;
}

function set(names: string[], clientIps = 16) {
  const asked: string[] = [];
  const roster = new Roster();
  const replace = (now: string[]) => {
    roster.replace(
      now.map((name) => watched(name, asked)),
      () => null,
    );
    asked.length = 0; // replacing compares keys too
  };
  replace(names);
  const authenticator = new Authenticator({ roster, clientIps });
  /** Whose hello it is and whose keys were tried. */
  const hello = async (name: string, ip = IP, options: { domain?: string } = {}) => {
    asked.length = 0;
    const claim = await authenticator.checkHello(helloOf(name, options), ip, TLS, NOW);
    if (claim.kind === 'user') authenticator.remember(claim.user, ip, options.domain ?? DOMAIN);
    return { who: claim.kind === 'user' ? claim.user.terms.name : claim.reason, asked: [...asked] };
  };
  const header = async (name: string, ip = IP, framing: Framing = 'padded', modes = MODES) => {
    asked.length = 0;
    const claim = await authenticator.checkHeader(headerOf(name, framing), ip, modes);
    if (claim.kind === 'user') authenticator.remember(claim.user, ip);
    return { who: claim.kind === 'user' ? `${claim.user.terms.name} ${claim.mode}` : claim.reason, asked: [...asked] };
  };
  return { authenticator, roster, replace, hello, header };
}

test('each user is told by its secret, in a hello and in a header', async () => {
  const { hello, header } = set(['a', 'b', 'c']);
  for (const name of ['c', 'a', 'b']) expect((await hello(name)).who).toBe(name);
  for (const name of ['c', 'a', 'b']) expect((await header(name)).who).toBe(`${name} secure`);
  expect((await hello('x')).who).toBe('wrong-secret');
  expect((await header('x')).who).toBe('wrong-secret');
});

test('with 1,000 users one that came before costs one check', async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
  const { hello, header } = set(names);
  expect(await hello('user-900')).toMatchObject({ who: 'user-900', asked: { length: 901 } });
  expect(await hello('user-900')).toEqual({ who: 'user-900', asked: ['user-900'] });
  // From another address the server name still tells who came last with it.
  expect(await hello('user-900', '192.0.2.2')).toEqual({ who: 'user-900', asked: ['user-900'] });
  expect((await hello('user-900', '192.0.2.3', { domain: 'other.example.org' })).asked).toHaveLength(901);

  expect((await header('user-800', '192.0.2.4')).asked.length).toBeGreaterThan(800);
  const again = await header('user-800', '192.0.2.4');
  expect(again.who).toBe('user-800 secure');
  expect(new Set(again.asked)).toEqual(new Set(['user-800']));
  expect(again.asked.length).toBeLessThanOrEqual(2); // its tag, then the ciphers
});

test('behind one address another user is still found, and hints shorten nothing else', async () => {
  const { hello } = set(['a', 'b', 'c', 'd']);
  await hello('d');
  expect((await hello('d', '192.0.2.2')).asked).toEqual(['d']);
  const other = await hello('c'); // both hints name d
  expect(other.who).toBe('c');
  expect(new Set(other.asked)).toEqual(new Set(['d', 'a', 'b', 'c']));
  expect(other.asked.slice(-3)).toEqual(['a', 'b', 'c']);
  expect((await hello('c')).asked).toEqual(['c']);
  expect(new Set((await hello('x')).asked)).toEqual(new Set(['a', 'b', 'c', 'd']));
});

test('hints of removed users are not used', async () => {
  const { hello, header, replace } = set(['a', 'b']);
  await hello('b');
  await header('b');
  replace(['a']);
  expect(await hello('b')).toEqual({ who: 'wrong-secret', asked: ['a'] });
  expect((await header('b')).who).toBe('wrong-secret');
  replace(['a', 'b']); // the same name again is another user
  expect((await hello('b')).who).toBe('b');
});

test('only so many addresses are remembered', async () => {
  const { hello, header } = set(['a', 'b', 'c'], 2);
  for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) await header('c', ip);
  expect((await header('c', '192.0.2.1')).asked.slice(0, 1)).toEqual(['a']); // forgotten
  expect((await header('c', '192.0.2.3')).asked.slice(0, 1)).toEqual(['c']);
  expect((await hello('c', '192.0.2.3')).asked).toEqual(['c']); // both kinds of handshakes share them
});

test('the server name is looked at before any secret; none at all is no fault', async () => {
  const { hello, authenticator } = set(['a']);
  expect(await hello('a', IP, { domain: 'unknown.example.org' })).toEqual({ who: 'unknown-sni', asked: [] });
  const nameless: ClientHello = { ...helloOf('a'), serverName: null };
  expect(await authenticator.checkHello(nameless, IP, TLS, NOW)).toMatchObject({ kind: 'user' });
});

test.each([
  [0, true],
  [SKEW_MS, true],
  [-SKEW_MS, true],
  [SKEW_MS + 1_000, false],
  [-SKEW_MS - 1_000, false],
])('a clock %d ms behind ours is accepted: %p', async (behindMs, isAccepted) => {
  const { authenticator } = set(['a']);
  const claim = await authenticator.checkHello(helloOf('a', { atMs: NOW - behindMs }), IP, TLS, NOW);
  if (isAccepted) expect(claim.kind).toBe('user');
  else expect(claim).toEqual({ kind: 'stranger', reason: 'clock-skew', skewMs: behindMs });
});

test('a hello has the same digest when it comes again, re-stamped too; another one has another', async () => {
  const { authenticator } = set(['a']);
  const digestOf = async (hello: ClientHello) => {
    const claim = await authenticator.checkHello(hello, IP, TLS, NOW);
    return claim.kind === 'user' ? claim.handshake : claim.reason;
  };
  const original = helloOf('a');
  const handshake = await digestOf(original);
  expect(handshake).toEqual({ kind: 'hello', digest: expect.stringMatching(/^[\s\S]{16}$/) });
  expect(await digestOf(original)).toEqual(handshake);
  // The last four bytes of the random field are the time, XORed: whoever replays a hello can set them.
  const record = original.record.slice();
  record[39] = (record[39] ?? 0) ^ 0x3c;
  expect(await digestOf({ ...original, record })).toEqual(handshake);
  expect(await digestOf(helloOf('a'))).not.toEqual(handshake);
});

test.each<[Framing, string, { classic: boolean; secure: boolean }]>([
  ['abridged', 'a classic', { classic: true, secure: false }],
  ['intermediate', 'a classic', { classic: true, secure: false }],
  ['padded', 'a secure', { classic: false, secure: true }],
  ['abridged', 'mode-off', { classic: false, secure: true }],
  ['intermediate', 'mode-off', { classic: false, secure: true }],
  ['padded', 'mode-off', { classic: true, secure: false }],
])('a bare %s header: %s when %j', async (framing, who, modes) => {
  const { header } = set(['a']);
  expect((await header('a', IP, framing, { ...modes, tls: true })).who).toBe(who);
});

test('a header has the same digest when it comes again', async () => {
  const { authenticator } = set(['a']);
  const digestOf = async (header: Uint8Array) => {
    const claim = await authenticator.checkHeader(header, IP, MODES);
    return claim.kind === 'user' ? claim.handshake : claim.reason;
  };
  const header = headerOf('a');
  expect(await digestOf(header)).toEqual({ kind: 'header', digest: expect.stringMatching(/^[\s\S]{16}$/) });
  expect(await digestOf(header)).toEqual(await digestOf(header));
  expect(await digestOf(headerOf('a'))).not.toEqual(await digestOf(header));
});

test('a smaller bound takes effect at once', async () => {
  const { authenticator, header } = set(['a', 'b']);
  for (let i = 0; i < 20; i += 1) await header('b', `192.0.2.${i}`);
  authenticator.resize(1);
  await header('b', '192.0.2.50');
  expect((await header('b', '192.0.2.19')).asked[0]).toBe('a');
});
