import { describe, expect, test } from 'bun:test';
import { concat, hex, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import type { StrangerReason } from '../../src/proxy/outcome.ts';
import { CLOSINGS, type Closing } from '../support/closings.ts';
import { initHeader, restamped, signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, TestProxy, USER_KEY } from '../support/proxy.ts';
import { connectToFlight } from '../support/raw-client.ts';
import { RawPeer } from '../support/raw-peer.ts';

const OTHER_KEY = '00112233445566778899aabbccddeeff';
const ANSWER = utf8('whatever the site says');
const TLS_ONLY = '[modes]\nclassic = false\nsecure = false\ntls = true';

interface Stranger {
  readonly name: string;
  readonly reason: StrangerReason;
  readonly toml?: string;
  readonly users?: string;
  /** What it sends; the proxy may be met before, as by somebody who recorded a client. */
  readonly opening: (proxy: TestProxy) => Uint8Array | Promise<Uint8Array>;
}

const STRANGERS: readonly Stranger[] = [
  { name: 'wrong secret', reason: 'wrong-secret', opening: () => signedHello({ key: OTHER_KEY }) },
  { name: 'a replayed hello', reason: 'replay', opening: (proxy) => recordedHello(proxy) },
  {
    name: 'a replayed hello with another time',
    reason: 'replay',
    opening: async (proxy) => restamped(await recordedHello(proxy)),
  },
  { name: 'a clock far ahead', reason: 'clock-skew', opening: () => signedHello({ aheadSeconds: 150 }) },
  { name: 'a clock far behind', reason: 'clock-skew', opening: () => signedHello({ aheadSeconds: -150 }) },
  { name: 'another server name', reason: 'unknown-sni', opening: () => signedHello({ domain: 'other.example.org' }) },
  {
    name: 'no server name, wrong secret',
    reason: 'wrong-secret',
    opening: () => signedHello({ withoutServerName: true, key: OTHER_KEY }),
  },
  {
    name: 'a disabled user',
    reason: 'user-disabled',
    users: `[users.alice]\nsecret = "${USER_KEY}"\nenabled = false`,
    opening: () => signedHello(),
  },
  {
    name: 'a disabled user, bare',
    reason: 'user-disabled',
    users: `[users.alice]\nsecret = "${USER_KEY}"\nenabled = false`,
    opening: () => initHeader(),
  },
  {
    name: 'plain HTTP',
    reason: 'not-a-client',
    opening: () => utf8('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  },
  { name: 'plain HTTP where only TLS is served', reason: 'not-a-client', toml: TLS_ONLY, opening: () => utf8('GET') },
  { name: 'a line of text', reason: 'not-a-client', opening: () => utf8('EHLO\r\n') },
  { name: 'garbage', reason: 'wrong-secret', opening: () => garbage(100) },
  { name: 'garbage, long', reason: 'wrong-secret', opening: () => garbage(70_000) },
  {
    name: 'one byte of garbage where only TLS is served',
    reason: 'not-a-client',
    toml: TLS_ONLY,
    opening: () => garbage(1),
  },
  {
    name: 'a bare header where only TLS is served',
    reason: 'mode-off',
    toml: TLS_ONLY,
    opening: () => initHeader(),
  },
  {
    name: 'garbage where only TLS is served',
    reason: 'not-a-client',
    toml: TLS_ONLY,
    opening: () => garbage(100),
  },
  {
    name: 'a bare header of a mode that is off',
    reason: 'mode-off',
    toml: '[modes]\nclassic = true\nsecure = false\ntls = true',
    opening: () => initHeader(),
  },
  {
    name: 'a right hello where TLS is off',
    reason: 'wrong-secret',
    toml: '[modes]\nclassic = true\nsecure = true\ntls = false',
    opening: () => signedHello(),
  },
  { name: 'a replayed bare header', reason: 'replay', opening: (proxy) => recordedHeader(proxy) },
  {
    name: 'a hello whose record is too long',
    reason: 'not-a-client',
    toml: TLS_ONLY,
    opening: () => withBytes(signedHello(), 3, 0xff, 0xff),
  },
  {
    name: 'a hello whose message is too long',
    reason: 'not-a-client',
    toml: TLS_ONLY,
    opening: () => withBytes(signedHello(), 6, 0xff, 0xff, 0xff),
  },
  {
    name: 'a hello whose session id is too long',
    reason: 'not-a-client',
    toml: TLS_ONLY,
    opening: () => withBytes(signedHello(), 43, 0xff),
  },
  {
    name: 'an alert',
    reason: 'not-a-client',
    toml: TLS_ONLY,
    opening: () => Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40),
  },
  {
    name: 'somebody beyond the limit of one address',
    reason: 'address-connections',
    toml: '[limits]\nmax_connections_per_ip = 1',
    opening: async (proxy) => {
      await connectToFlight(proxy.port); // is admitted, and stands
      return signedHello();
    },
  },
];

describe.each([...STRANGERS])('$name', (stranger) => {
  test.concurrent.each([...CLOSINGS])('$name', async (closing) => {
    using site = new RecordingSite();
    await using proxy = new TestProxy({
      sitePort: site.port,
      ...(stranger.toml !== undefined && { toml: stranger.toml }),
      ...(stranger.users !== undefined && { users: stranger.users }),
    });
    const opening = await stranger.opening(proxy);
    const before = proxy.ledger.outcomes.masked;
    const direct = await visit(site.port, site, opening, closing);
    const proxied = await visit(proxy.port, site, opening, closing);
    expect(proxied).toEqual(direct);
    expect(proxy.ledger.strangers[stranger.reason]).toBe(1);
    expect(proxy.ledger.outcomes.masked).toBe(before + 1);
  });
});

/** Sends `opening`, hears the site's answer and ends; everything both sides saw. */
async function visit(port: number, site: RecordingSite, opening: Uint8Array, closing: Closing) {
  const client = await RawPeer.connect(port);
  await client.write(opening);
  const visitor = await site.visitor(opening);
  await visitor.write(ANSWER);
  await client.until(({ received }) => received >= ANSWER.length, 'the answer');
  await closing.play(client, visitor);
  const arrived = hex(visitor.bytes);
  return { arrived, answered: hex(client.bytes), atSite: visitor.seen, atClient: client.seen };
}

function garbage(length: number): Uint8Array {
  return concat(Uint8Array.of(0x81), systemRandom(length - 1));
}

function withBytes(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

/** A hello that the proxy has accepted. */
async function recordedHello(proxy: TestProxy): Promise<Uint8Array> {
  const hello = signedHello();
  const client = await RawPeer.connect(proxy.port);
  await client.write(hello);
  await client.until(({ received }) => received > 0, 'the flight');
  client.close();
  await expectSettled(proxy);
  return hello;
}

/** A header that the proxy has accepted; with no data centre to be reached the session is over at once. */
async function recordedHeader(proxy: TestProxy): Promise<Uint8Array> {
  const header = initHeader();
  const client = await RawPeer.connect(proxy.port);
  await client.write(header);
  await client.end();
  client.close();
  await expectSettled(proxy);
  return header;
}
