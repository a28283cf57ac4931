import { describe, expect, test } from 'bun:test';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import { defaultProfile } from './default-profile.ts';
import { profileText, readProfile, type SiteProfile, shapeOf } from './profile.ts';

const PROFILE: SiteProfile = {
  domain: 'front.example.org',
  surveyedAtMs: 1,
  cipherRule: { by: 'client' },
  bothShares: 0x11ec,
  extensionOrder: 'share-first',
  encryptedTotals: [3_000, 3_001],
  alpnExtra: { h2: 0, 'http/1.1': 6, none: -9 },
  records: [36, 2_959],
};
const HYBRID = { group: 0x11ec, length: 1216 };
const CURVE = { group: 0x001d, length: 32 };

function hello(fields: Partial<ClientHello> = {}): ClientHello {
  return {
    record: new Uint8Array(0),
    consumed: 0,
    sessionId: new Uint8Array(0),
    cipherSuites: [0x1301, 0x1302, 0x1303],
    serverName: null,
    groups: [],
    keyShares: [HYBRID, CURVE],
    alpn: ['h2', 'http/1.1'],
    supportsTls13: true,
    ...fields,
  };
}

const first = () => Uint8Array.of(0);

describe('the cipher', () => {
  const bySite = { ...PROFILE, cipherRule: { by: 'site', order: [0x1302, 0x1303, 0x1301] } as const };
  test.each<[string, SiteProfile, number[], number]>([
    ["is the client's first", PROFILE, [0xc02b, 0x1303, 0x1301], 0x1303],
    ["is the site's first", bySite, [0x1301, 0x1302, 0x1303], 0x1302],
    ["is the site's first of those offered", bySite, [0x1301, 0x1303], 0x1303],
    ['is the usual one when nothing fits', bySite, [0xc02b], 0x1301],
  ])('%s', (_name, profile, cipherSuites, cipher) => {
    expect(shapeOf(profile, hello({ cipherSuites }), first).cipher).toBe(cipher);
  });
});

test.each<[SiteProfile['bothShares'], ClientHello['keyShares'], number]>([
  [0x11ec, [HYBRID, CURVE], 0x11ec],
  [0x11ec, [CURVE], 0x001d],
  [0x001d, [HYBRID, CURVE], 0x001d],
])('a site that takes %p of both, offered %j, takes %p', (bothShares, keyShares, group) => {
  expect(shapeOf({ ...PROFILE, bothShares }, hello({ keyShares }), first).group as number).toBe(group);
});

describe('the length', () => {
  test.each<[string, Partial<ClientHello>, number]>([
    ['as seen', {}, 3_000],
    ['with a longer Finished', { cipherSuites: [0x1302] }, 3_016],
    ['with a longer protocol name', { alpn: ['http/1.1'] }, 3_006],
    ['without a protocol', { alpn: [] }, 2_991],
    ['with a protocol the site does not know', { alpn: ['gopher'], cipherSuites: [0x1302] }, 3_007],
  ])('%s', (_name, fields, length) => {
    expect(shapeOf(PROFILE, hello(fields), first).encryptedLength).toBe(length);
  });

  test('varies as the site does', () => {
    expect(shapeOf(PROFILE, hello(), () => Uint8Array.of(255)).encryptedLength).toBe(3_001);
  });

  test.each([
    [20_000, 10_240],
    [5, 1],
  ])('of %p bytes is brought to what clients accept', (total, length) => {
    const profile = { ...PROFILE, encryptedTotals: [total] };
    expect(shapeOf(profile, hello({ alpn: [] }), first).encryptedLength).toBe(length);
  });
});

test('a profile reads back as it was kept', () => {
  expect(readProfile(profileText(PROFILE))).toEqual(PROFILE);
});

test.each(['', 'null', '{}', '{"version":1}', '{"version":2,"profile":{"encryptedTotals":[1]}}'])(
  'what is no profile is forgotten: %s',
  (text) => {
    expect(readProfile(text)).toBeNull();
  },
);

test('a profile without lengths is forgotten', () => {
  expect(readProfile(profileText({ ...PROFILE, encryptedTotals: [] }))).toBeNull();
});

test('the default of a domain stays, lies in the usual range, and differs from domain to domain', () => {
  const totals = ['a', 'b', 'c', 'd'].map((name) => defaultProfile(`${name}.example.org`).encryptedTotals[0] ?? 0);
  expect(defaultProfile('a.example.org')).toEqual(defaultProfile('a.example.org'));
  for (const total of totals) expect(total).toBeWithin(2_200, 4_000);
  expect(new Set(totals).size).toBeGreaterThan(1);
});
