import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { siteGroups } from '../../src/doctor/site.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { readServerNames } from '../../src/wire/tls/server-names.ts';
import { Balancer } from '../support/balancer.ts';
import { signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { DOMAIN, expectSettled, type LogLine, TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { ProxyCrew } from '../support/workers.ts';

const OTHER_KEY = '00112233445566778899aabbccddeeff';
const GET = utf8('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
const COMPLAINT = 'it leads back to this proxy: mask.host';

/** Lines of strangers that name the loop and what to do. */
function complaints(proxy: { readonly logLines: readonly LogLine[] }): LogLine[] {
  return proxy.logLines.filter(({ reason }) => String(reason).includes(COMPLAINT));
}

/** The warning sign that says the same. */
function signs(proxy: { readonly logLines: readonly LogLine[] }): LogLine[] {
  return proxy.logLines.filter(({ sign, message }) => sign === 'site' && message.includes(COMPLAINT));
}
const ANSWER = utf8('HTTP/1.1 200 OK\r\n\r\n');

const folder = mkdtempSync(join(tmpdir(), 'petrel-loop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STRANGERS = [
  { name: 'a request', opening: () => GET },
  { name: 'a hello', opening: () => signedHello({ key: OTHER_KEY }) },
  { name: 'a hello for another name', opening: () => signedHello({ domain: 'other.example.org' }) },
  { name: 'a hello without a name', opening: () => signedHello({ key: OTHER_KEY, withoutServerName: true }) },
  { name: 'noise', opening: () => Uint8Array.of(0x81, ...systemRandom(99)) },
] as const;

/** Visits once, and waits for the end. */
async function visit(proxy: TestProxy, opening: Uint8Array, unix?: string): Promise<RawPeer> {
  const client = unix === undefined ? await RawPeer.connect(proxy.port) : await RawPeer.connectUnix(unix);
  await client.write(opening);
  await client.end();
  client.close();
  return client;
}

const toml = (port: number, more = '') => `[mask]\nhost = "127.0.0.1"\nport = ${port}\n${more}`;

describe.each([...STRANGERS])('$name', ({ opening }) => {
  test('that is led back to us goes round once at most', async () => {
    await using proxy = new TestProxy();
    using balancer = new Balancer({ route: () => proxy.port });
    proxy.reload({ toml: toml(balancer.port) });
    const client = await visit(proxy, opening());
    expect(client.seen).toEqual(['fin']);
    await expectSettled(proxy);
    expect(balancer.connections).toBe(1);
    expect(complaints(proxy)).toMatchObject([{ level: 'warn', times: 1 }]);

    await visit(proxy, opening()); // now it is known
    expect(balancer.connections).toBe(1);
  });

  test('and with a PROXY header', async () => {
    await using proxy = new TestProxy({ toml: '[proxy_protocol]\nenabled = true' });
    using balancer = new Balancer({ route: () => proxy.port, proxyHeader: true });
    using entry = new Balancer({ route: () => proxy.port, proxyHeader: true });
    proxy.reload({ toml: `[proxy_protocol]\nenabled = true\n${toml(balancer.port)}` });
    const client = await RawPeer.connect(entry.port);
    await client.write(opening());
    expect(await client.end()).toBe('fin');
    client.close();
    await expectSettled(proxy);
    expect(balancer.connections).toBe(1);
    expect(complaints(proxy)).toHaveLength(1);
  });
});

test('a unix socket that leads back', async () => {
  await using proxy = new TestProxy();
  const unix = join(folder, 'balancer.sock');
  using balancer = new Balancer({ route: () => proxy.port, unix });
  proxy.reload({ toml: `[mask]\nhost = "unix:${unix}"` });
  await visit(proxy, GET);
  await expectSettled(proxy);
  expect(balancer.connections).toBe(1);
  expect(complaints(proxy)).toMatchObject([{ site: `unix:${unix}` }]);
});

test('a site that wants a PROXY header and leads to a listener that wants none', async () => {
  await using proxy = new TestProxy();
  using balancer = new Balancer({ route: () => proxy.port });
  proxy.reload({ toml: toml(balancer.port, 'proxy_protocol = 1') });
  await visit(proxy, GET);
  await expectSettled(proxy);
  expect(balancer.connections).toBe(1);
});

test('a network that has as many sessions as it may have does not go round either', async () => {
  const limits = '[limits]\nmax_connections_per_ip = 1\n';
  await using proxy = new TestProxy({ toml: limits });
  using balancer = new Balancer({ route: () => proxy.port });
  proxy.reload({ toml: limits + toml(balancer.port) });
  await using _first = await RawPeer.connect(proxy.port);
  await until(() => proxy.ledger.open === 1, 'the first');
  await visit(proxy, GET);
  expect(balancer.connections).toBe(1);
});

test('the start sees it too, with one question', async () => {
  let port = 0;
  using balancer = new Balancer({ route: () => port });
  await using proxy = new TestProxy({ toml: toml(balancer.port), asksSites: true });
  port = proxy.port;
  await until(() => signs(proxy).length === 1, 'the complaint');
  expect(signs(proxy)).toMatchObject([{ level: 'warn', sign: 'site' }]);
  expect(balancer.connections).toBe(1);
});

test('a site that begins to lead back later: what comes again before it was answered is not led on', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy();
  let port = site.port;
  using balancer = new Balancer({ route: () => port });
  proxy.reload({ toml: toml(balancer.port) });
  const served = await RawPeer.connect(proxy.port);
  await served.write(GET);
  const visitor = await site.visitor(GET);
  await visitor.write(ANSWER);
  await served.until(({ received }) => received === ANSWER.length, 'the answer');

  port = proxy.port;
  const before = balancer.connections;
  await visit(proxy, GET);
  expect(balancer.connections - before).toBe(2); // the request, and the question whether that was it
  expect(complaints(proxy)).toHaveLength(1);
  expect(served.isOpen).toBe(true);
  served.reset();
  visitor.reset();
  await expectSettled(proxy);
});

test('a balancer that leads only some back, by what they say', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy();
  const isDomain = (first: Uint8Array) => readServerNames(first).names.some(({ name }) => name === DOMAIN);
  using balancer = new Balancer({ route: (first) => (isDomain(first) ? site.port : proxy.port) });
  proxy.reload({ toml: toml(balancer.port) });
  const hello = signedHello({ key: OTHER_KEY });
  const client = await RawPeer.connect(proxy.port);
  await client.write(hello);
  await site.visitor(hello);
  client.reset();
  await expectSettled(proxy);

  const before = balancer.connections;
  await visit(proxy, GET);
  expect(balancer.connections - before).toBe(1);
  await visit(proxy, signedHello({ domain: 'other.example.org' }));
  expect(balancer.connections - before).toBe(2);
});

test('two proxies that front each other stop as well', async () => {
  await using one = new TestProxy();
  await using other = new TestProxy();
  using toOne = new Balancer({ route: () => one.port });
  using toOther = new Balancer({ route: () => other.port });
  one.reload({ toml: toml(toOther.port) });
  other.reload({ toml: toml(toOne.port) });
  const client = await visit(one, GET);
  expect(client.seen).toEqual(['fin']);
  await expectSettled(one);
  await expectSettled(other);
  expect(toOne.connections + toOther.connections).toBeLessThan(10);
});

test('strangers that say the same at once while a site thinks are all served', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  const clients = await Promise.all([1, 2, 3].map(() => RawPeer.connect(proxy.port)));
  for (const client of clients) await client.write(GET);
  const visitors = await Promise.all(clients.map(() => site.visitor(GET)));
  for (const visitor of visitors) await visitor.write(ANSWER);
  for (const client of clients) await client.until(({ received }) => received === ANSWER.length, 'the answer');
  expect(complaints(proxy)).toHaveLength(0);
});

test('doctor tells it too, though no address shows it', async () => {
  await using proxy = new TestProxy();
  using balancer = new Balancer({ route: () => proxy.port });
  const config = proxy.readConfig({ toml: toml(balancer.port) });
  const [group] = await siteGroups(config, {
    resolve: async () => ['127.0.0.1'],
    ownAddresses: [],
    publicHost: '',
    random: systemRandom,
    signal: AbortSignal.timeout(8_000),
    now: Date.now(),
  });
  expect(group?.findings).toMatchObject([
    { check: 'site', verdict: 'failed', seen: expect.stringContaining('leads back to Petrel') as string },
  ]);
  expect(group?.findings[0]?.advice).toContain('mask.host');
});

test('several processes know what any of them has said', async () => {
  let port = 0;
  using balancer = new Balancer({ route: () => port });
  const workers = 2;
  await using proxy = await ProxyCrew.serving({ workers, sitePort: balancer.port });
  port = proxy.port;
  const before = balancer.connections;
  for (let visits = 0; visits < 8; visits += 1) {
    const client = await RawPeer.connect(proxy.port);
    await client.write(GET);
    expect(await client.end()).toBe('fin');
    client.close();
  }
  expect(balancer.connections - before).toBeLessThanOrEqual(workers); // each asks for itself
  await until(() => signs(proxy.petrel).length > 0, 'the sign', 10_000);
});
