import { describe, expect, test } from 'bun:test';
import { DOMAIN } from '../../test/support/proxy.ts';
import { flightOf, ScriptedSite } from '../../test/support/scripted-site.ts';
import { fromHex } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { type ClientHello, helloRandom } from '../wire/tls/client-hello.ts';
import type { FlightShape } from '../wire/tls/server-flight.ts';
import { MARK_KEY_BYTES, OwnMarks } from './own-marks.ts';
import type { SiteProfile } from './profile.ts';
import { type Survey, surveySite } from './survey.ts';

const SHA384_SUITE = 0x1302;
const USUAL_BYTES = 2_000;

/** Names of protocols that the site knows, best first, by the bytes that naming one takes. */
type Protocols = Readonly<Record<string, number>>;
const WITH_H2: Protocols = { h2: 9, 'http/1.1': 15 };

interface SiteHabits {
  /** Null: the client's order. */
  readonly order?: readonly number[] | null;
  readonly group?: FlightShape['group'];
  readonly protocols?: Protocols;
  readonly spread?: (turn: number) => number;
}

function habitual({ order = null, group = 0x11ec, protocols = WITH_H2, spread = () => 0 }: SiteHabits) {
  return new ScriptedSite((hello: ClientHello, turn) => {
    const offered = hello.cipherSuites;
    const cipher = (order ?? offered).find((suite) => offered.includes(suite)) ?? 0;
    const protocol = Object.keys(protocols).find((name) => hello.alpn.includes(name)) ?? '';
    const encryptedLength =
      USUAL_BYTES + (protocols[protocol] ?? 0) + (cipher === SHA384_SUITE ? 16 : 0) + spread(turn);
    return flightOf(hello, { cipher, group, extensionOrder: 'versions-first', encryptedLength });
  });
}

function survey(site: ScriptedSite): Promise<Survey> {
  const address = { endpoint: { host: '127.0.0.1', port: site.port }, preface: null };
  return surveySite(
    DOMAIN,
    address,
    new OwnMarks(systemRandom(MARK_KEY_BYTES), systemRandom),
    systemRandom,
    new AbortController().signal,
  );
}

async function profileOf(habits: SiteHabits): Promise<SiteProfile> {
  using site = habitual(habits);
  const surveyed = await survey(site);
  if (surveyed.kind === 'unfit') throw new Error(surveyed.reason);
  return surveyed.profile;
}

describe('it learns', () => {
  test.each<[string, readonly number[] | null, SiteProfile['cipherRule']]>([
    ["the client's order", null, { by: 'client' }],
    ["the site's order", [0x1302, 0x1303, 0x1301], { by: 'site', order: [0x1302, 0x1301, 0x1303] }],
    ["the site's only suite", [0x1301], { by: 'site', order: [0x1301, 0x1302, 0x1303] }],
  ])('%s', async (_name, order, cipherRule) => {
    expect((await profileOf({ order })).cipherRule).toEqual(cipherRule);
  });

  test.each<[string, Protocols, SiteProfile['alpnExtra']]>([
    ['both protocols', WITH_H2, { h2: 0, 'http/1.1': 6, none: -9 }],
    ['HTTP/1.1 only', { 'http/1.1': 15 }, { h2: 0, 'http/1.1': 0, none: -15 }],
    ['HTTP/2 only', { h2: 9 }, { h2: 0, 'http/1.1': -9, none: -9 }],
    ['none', {}, { h2: 0, 'http/1.1': 0, none: 0 }],
  ])('a site that names %s', async (_name, protocols, extra) => {
    expect((await profileOf({ protocols })).alpnExtra).toEqual(extra);
  });

  test('protocols through the noise of its signature', async () => {
    const noise = [2, 1, 0, 2, 1, 0, 0, 0]; // the usual hello four times, two cipher orders, HTTP/1.1, no protocol
    const { alpnExtra, encryptedTotals } = await profileOf({ spread: (turn) => noise[turn] ?? 0 });
    expect(alpnExtra).toEqual({ h2: 0, 'http/1.1': 6, none: -9 });
    expect(encryptedTotals).toEqual([2_011, 2_010, 2_009, 2_011]);
  });

  test('a length without what its suite adds', async () => {
    expect((await profileOf({ order: [SHA384_SUITE] })).encryptedTotals).toEqual(Array(4).fill(2_009));
  });
});

test.each<[FlightShape['group'], number]>([
  [0x11ec, 0],
  [0x001d, 1],
])('a site that takes group %p has %p warnings', async (group, warnings) => {
  using site = habitual({ group });
  const surveyed = await survey(site);
  expect(surveyed).toMatchObject({ kind: 'fit', profile: { bothShares: group } });
  expect(surveyed.kind === 'fit' && surveyed.warnings.length).toBe(warnings);
});

test('no two hellos are alike, and none has an empty random', async () => {
  using site = habitual({});
  await survey(site);
  const randoms = site.hellos.map(({ record }) => Buffer.from(helloRandom(record)).toString('hex'));
  expect(new Set([...randoms, '00'.repeat(32)]).size).toBe(site.hellos.length + 1);
});

test('a site that refuses a variant is learned all the same', async () => {
  const shape: FlightShape = { cipher: 0x1301, group: 0x11ec, extensionOrder: 'share-first', encryptedLength: 2_000 };
  using site = new ScriptedSite((hello) =>
    hello.alpn.includes('h2') ? flightOf(hello, shape) : Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x78),
  );
  expect(await survey(site)).toMatchObject({ kind: 'fit', profile: { alpnExtra: { 'http/1.1': 0, none: 0 } } });
});

const SESSION_ID = `20${'22'.repeat(32)}`;

describe('unfit is a site that', () => {
  const retry = `1603030058020000540303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c${SESSION_ID}130100000c002b00020304003300020018`;
  const older = `16030300510200004d0303${'11'.repeat(32)}${SESSION_ID}c02f000005ff01000100`;
  const long: FlightShape = { cipher: 0x1301, group: 0x11ec, extensionOrder: 'share-first', encryptedLength: 10_241 };
  test.each<[string, (hello: ClientHello) => Uint8Array, string]>([
    ['wants another share', () => fromHex(retry), 'retry'],
    ['speaks TLS 1.2', () => fromHex(older), 'tls12'],
    ['has a long chain', (hello) => flightOf(hello, long), 'size'],
    ['stops after its hello', (hello) => flightOf(hello, long).subarray(0, 1_215), 'no-answer'],
    ['says nothing', () => new Uint8Array(0), 'no-answer'],
  ])('%s', async (_name, answer, why) => {
    using site = new ScriptedSite(answer);
    expect(await survey(site)).toMatchObject({ kind: 'unfit', why });
    expect(site.hellos).toHaveLength(1);
  });
});
