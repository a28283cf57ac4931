import { expect, test } from 'bun:test';
import { concat, hex, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { helloRandom } from '../../src/wire/tls/client-hello.ts';
import { readServerFlight } from '../../src/wire/tls/server-flight.ts';
import { initHeader, signedHello } from '../support/hellos.ts';
import { type HttpsVisit, visitHttps } from '../support/https-visit.ts';
import { RecordingSite, TlsSite } from '../support/origin-site.ts';
import { DOMAIN, expectSettled, secretOf, TestProxy } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const OTHER_KEY = '00112233445566778899aabbccddeeff';
const ANSWER = utf8('whatever the site says');

test('a client that asks for no name but knows the secret is no stranger', async () => {
  await using proxy = new TestProxy();
  const hello = signedHello({ withoutServerName: true });
  await using client = await RawPeer.connect(proxy.port);
  await client.write(hello);
  const flight = () => readServerFlight(client.bytes, secretOf('ee').key, helloRandom(hello)).kind;
  await client.until(() => flight() === 'match', 'the flight');
  expect(proxy.ledger.handshakes.tls).toBe(1);
});

test.each([5, 100, 1_000])('a hello that stalls after %p bytes goes to the site, and is not closed', async (length) => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port, toml: '[limits]\nhandshake_timeout = "100ms"' });
  const hello = signedHello();
  await using client = await RawPeer.connect(proxy.port);
  await client.write(hello.subarray(0, length));
  await using visitor = await site.visitor(hello.subarray(0, length));
  await client.write(hello.subarray(length)); // too late to be a client
  await visitor.until(({ received }) => received === hello.length, 'the whole hello');
  await visitor.write(ANSWER);
  await client.until(({ received }) => received === ANSWER.length, 'the answer');
  expect(visitor.bytes).toEqual(hello);
  expect(client.bytes).toEqual(ANSWER);
  expect([client.seen, visitor.seen]).toEqual([['bytes'], ['bytes']]);
  expect(proxy.ledger.strangers.truncated).toBe(1);
});

test.each<[string, () => Uint8Array]>([
  ['half a hello', () => signedHello().subarray(0, 700)],
  ['half an init header', () => initHeader().subarray(0, 32)],
])('%s and FIN: the site gets both', async (_name, opening) => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  const bytes = opening();
  await using client = await RawPeer.connect(proxy.port);
  await client.write(bytes);
  client.finish();
  const visitor = await site.visitor(bytes);
  expect(await visitor.end()).toBe('fin');
  await visitor.write(ANSWER);
  visitor.finish();
  expect(await client.end()).toBe('fin');
  expect(client.bytes).toEqual(ANSWER);
  await expectSettled(proxy);
  expect(proxy.ledger.strangers.truncated).toBe(1);
});

/** Two visits may fall into two seconds. */
function undated(visit: HttpsVisit): HttpsVisit {
  return { ...visit, answer: visit.answer.replace(/^Date: .*$/m, 'Date: ...') };
}

test("a real TLS client gets the site's certificate and page", async () => {
  using site = new TlsSite(DOMAIN);
  await using proxy = new TestProxy({ sitePort: site.port });
  const asked = { serverName: DOMAIN, trusted: site.certificate.cert };
  const direct = await visitHttps({ ...asked, port: site.port });
  const proxied = await visitHttps({ ...asked, port: proxy.port });
  expect(undated(proxied)).toEqual(undated(direct));
  expect(proxied.isTrusted).toBe(true);
  expect(proxied.protocol).toBe('TLSv1.3');
  expect(proxied.answer).toEndWith(`\r\n\r\n${site.page}`);
  await expectSettled(proxy);
  expect(proxy.ledger.strangers['wrong-secret']).toBe(1);
});

test.each<[string, () => Uint8Array]>([
  ['HTTP', () => utf8('GET / HTTP/1.0\r\n\r\n')],
  ['garbage', () => concat(Uint8Array.of(0x81), systemRandom(599))],
  ['a hello without an end', () => signedHello({ key: OTHER_KEY })],
])('the real site answers %s the same way through the proxy', async (_name, opening) => {
  using site = new TlsSite(DOMAIN);
  await using proxy = new TestProxy({ sitePort: site.port });
  const bytes = opening();
  const answer = async (port: number) => {
    await using client = await RawPeer.connect(port);
    await client.write(bytes);
    client.finish();
    await client.end();
    return { seen: client.seen, start: hex(client.bytes.subarray(0, 9)) }; // later bytes differ from visit to visit
  };
  expect(await answer(proxy.port)).toEqual(await answer(site.port));
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.masked).toBe(1);
});
