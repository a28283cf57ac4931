import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type Asked, expectOneFlight, helloOf, learned, traits } from '../support/flight-checks.ts';
import { type FlightView, viewOf, visitWith } from '../support/flight-view.ts';
import { hasNginx, type NginxSetup, NginxSite } from '../support/nginx.ts';
import { TlsSite } from '../support/origin-site.ts';
import { DOMAIN, TestProxy } from '../support/proxy.ts';

/** A P-256 signature has 72 bytes in DER, and one or two fewer as chance will have it. */
const ECDSA_SPREAD = 3;

/** Hellos that clients of today and yesterday send, and some that they might. */
const HELLOS: readonly [string, Asked][] = [
  ['TDLib', {}],
  ['1301 1303 1302', { suites: [0x1301, 0x1303, 0x1302] }],
  ['1302 1301 1303', { suites: [0x1302, 0x1301, 0x1303] }],
  ['1302 1303 1301', { suites: [0x1302, 0x1303, 0x1301] }],
  ['1303 1301 1302', { suites: [0x1303, 0x1301, 0x1302] }],
  ['1303 1302 1301', { suites: [0x1303, 0x1302, 0x1301] }],
  ['1302 only', { suites: [0x1302] }],
  ['http/1.1', { alpn: ['http/1.1'] }],
  ['http/1.1 h2', { alpn: ['http/1.1', 'h2'] }],
  ['h2 only', { alpn: ['h2'] }],
  ['no ALPN', { alpn: [] }],
  ['1302, no ALPN', { suites: [0x1302, 0x1301], alpn: [] }],
  ['517 bytes', { shape: 'padded-517' }],
  ['517, 1303 1302', { shape: 'padded-517', suites: [0x1303, 0x1302], alpn: ['http/1.1'] }],
];

interface Front extends AsyncDisposable {
  readonly port: number;
}

async function bunSite(): Promise<Front> {
  const site = new TlsSite(DOMAIN);
  return { port: site.port, [Symbol.asyncDispose]: async () => site[Symbol.dispose]() };
}

const nginx = (setup: NginxSetup) => () => NginxSite.start(setup);

interface SiteCase {
  readonly start: () => Promise<Front>;
  /** How far two of its flights may differ in length. */
  readonly spread: number;
  readonly needsNginx: boolean;
  /** Hellos that it answers with an alert: no client sends them. */
  readonly refuses?: readonly string[];
}

const SITES: Readonly<Record<string, SiteCase>> = {
  'nginx, RSA': { start: nginx({ key: 'rsa' }), spread: 0, needsNginx: true },
  'nginx, ECDSA': { start: nginx({ key: 'ecdsa' }), spread: ECDSA_SPREAD, needsNginx: true },
  'nginx, its own cipher order': {
    start: nginx({ key: 'rsa', server: 'ssl_prefer_server_ciphers on;' }),
    spread: 0,
    needsNginx: true,
  },
  'nginx, HTTP/1.1 only': {
    start: nginx({ key: 'rsa', http2: false }),
    spread: 0,
    needsNginx: true,
    refuses: ['h2 only'],
  },
  Bun: { start: bunSite, spread: ECDSA_SPREAD, needsNginx: false },
};

interface Pair extends AsyncDisposable {
  readonly site: Front;
  readonly proxy: TestProxy;
}

async function pairOf(start: () => Promise<Front>): Promise<Pair> {
  const site = await start();
  const proxy = new TestProxy({ sitePort: site.port, asksSites: true, toml: '[limits]\nfirst_byte_timeout = "1s"' });
  const dispose = async () => {
    await proxy.stop();
    await site[Symbol.asyncDispose]();
  };
  return { site, proxy, [Symbol.asyncDispose]: dispose };
}

const pairs = new Map<string, Pair>();

beforeAll(async () => {
  await Promise.all(
    Object.entries(SITES).map(async ([name, { start, needsNginx }]) => {
      if (needsNginx && !hasNginx) return;
      const pair = await pairOf(start);
      pairs.set(name, pair);
      await learned(pair.proxy);
    }),
  );
}, 20_000);

afterAll(async () => {
  for (const pair of pairs.values()) await pair[Symbol.asyncDispose]();
});

function pairNamed(name: string): Pair {
  const pair = pairs.get(name);
  if (pair === undefined) throw new Error(`${name} was not started`);
  return pair;
}

describe.each(Object.keys(SITES))('%s', (name) => {
  const { spread = 0, needsNginx = true, refuses = [] } = SITES[name] ?? {};

  test.skipIf(needsNginx && !hasNginx)('the flight is the one that the site would give', async () => {
    const { site, proxy } = pairNamed(name);
    const rows: Record<string, object> = {};
    const differences: unknown[] = [];
    for (const [wish, asked] of HELLOS) {
      if (refuses.includes(wish)) continue;
      const hello = helloOf(asked);
      const theirs = viewOf((await visitWith(site.port, hello)).bytes);
      const visit = await visitWith(proxy.port, hello);
      expectOneFlight(visit, hello);
      const ours = viewOf(visit.bytes);
      rows[`${wish} | site`] = row(theirs);
      rows[`${wish} | Petrel`] = row(ours);
      const isEqual = Bun.deepEquals(traits(ours), traits(theirs));
      if (!isEqual || Math.abs(ours.total - theirs.total) > spread) differences.push({ wish, theirs, ours });
    }
    console.log(name);
    console.table(rows);
    expect(differences).toEqual([]);
  });
});

function row({ cipher, group, extensions, records, total }: FlightView) {
  return { cipher, group, extensions, records, total };
}

test('nothing follows the flight while the client is silent', async () => {
  const quiet = async ({ proxy }: Pair) => {
    const sent = helloOf();
    expectOneFlight(await visitWith(proxy.port, sent, { waits: true }), sent);
  };
  await Promise.all([...pairs.values()].map(quiet));
  expect(pairs.size).toBeGreaterThan(0);
});
