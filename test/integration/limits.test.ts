import { describe, expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { concat, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import type { StrangerReason } from '../../src/proxy/outcome.ts';
import { buildInitHeader } from '../../src/wire/obfuscated2.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { signedHello } from '../support/hellos.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const HELLO = utf8('hello');
const SITE_ANSWER = utf8('HTTP/1.1 400 Bad Request\r\n\r\n');
const BEHIND_BALANCER = '[proxy_protocol]\nenabled = true';
const BALANCER = { ip: '192.0.2.200', port: 443 };
const BALANCER_V6 = { ip: '2001:db8:ffff::1', port: 443 };

function user(limits: string): string {
  return `[users.alice]\nsecret = "${USER_KEY}"\n${limits}`;
}

function proxyHeader(ip: string): Uint8Array {
  return writeProxyHeader(2, { ip, port: 40_000 }, ip.includes(':') ? BALANCER_V6 : BALANCER);
}

/** A client that works, from an address that a PROXY header tells when one is given. */
async function enter(proxy: TestProxy, kind: SecretKind, ip?: string): Promise<SimulatedClient> {
  const preface = ip === undefined ? {} : { preface: proxyHeader(ip) };
  const client = await SimulatedClient.connect({
    host: '127.0.0.1',
    port: proxy.port,
    secret: secretOf(kind),
    ...preface,
  });
  expect(await client.echo(HELLO)).toEqual(HELLO);
  return client;
}

/** Closes a client and waits until its place is free again. */
async function leave(proxy: TestProxy, client: SimulatedClient): Promise<void> {
  const { size } = proxy.daemon.plane.sessions;
  client.close();
  await until(() => proxy.daemon.plane.sessions.size < size, 'the place is free');
}

/** First message of a client that knows the secret. */
function firstMessage(kind: SecretKind): Uint8Array {
  if (kind === 'ee') return signedHello();
  return buildInitHeader({ framing: 'padded', dc: 2, random: systemRandom, secretKey: secretOf(kind).key }).wire;
}

/** A client with the right secret is taken for a stranger: the site gets its bytes and it gets the site's, no other. */
async function expectStranger(
  proxy: TestProxy,
  site: RawListener,
  kind: SecretKind,
  reason: StrangerReason,
  ip?: string,
): Promise<void> {
  const message = firstMessage(kind);
  const preface = ip === undefined ? [] : [proxyHeader(ip)];
  const [strangers, handshakes] = [proxy.ledger.strangers[reason], { ...proxy.ledger.handshakes }];
  await using peer = await RawPeer.connect(proxy.port);
  await peer.write(concat(...preface, message));
  // The proxy itself asks the site too, with messages of its own.
  const visit = await site.find((visitor) => visitor.isOpen && visitor.startsWith(message), 'a stranger at the site');
  expect(visit.received).toBe(message.length);
  await visit.write(SITE_ANSWER);
  visit.close();
  expect(await peer.end()).toBe('fin');
  expect(peer.bytes).toEqual(SITE_ANSWER);
  expect(proxy.ledger.strangers[reason]).toBe(strangers + 1);
  expect(proxy.ledger.handshakes).toEqual(handshakes);
}

/** A site, a data centre and a proxy between them. */
function set(users: string, toml = '') {
  const site = new RawListener((peer) => {
    peer.onFin = () => peer.close();
  });
  const dc = SimulatedDataCenter.start();
  const proxy = new TestProxy({ sitePort: site.port, dcPort: dc.port, users, toml });
  return {
    site,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      dc.stop();
      site.stop();
    },
  };
}

describe.each<SecretKind>(['dd', 'ee'])('with a %s secret', (kind) => {
  test.each<[string, StrangerReason]>([
    ['enabled = false', 'user-disabled'],
    ['expires = "2020-02-29"', 'user-expired'],
    ['expires = "2020-02-29T12:00:00+02:00"', 'user-expired'],
  ])('%s makes a stranger', async (limits, reason) => {
    await using all = set(user(limits));
    await expectStranger(all.proxy, all.site, kind, reason);
    await expectSettled(all.proxy);
  });

  test('max_connections counts what stands now', async () => {
    await using all = set(user('max_connections = 3'));
    const { proxy, site } = all;
    const clients = [await enter(proxy, kind), await enter(proxy, kind), await enter(proxy, kind)];
    await expectStranger(proxy, site, kind, 'user-connections');
    await leave(proxy, clients[0] as SimulatedClient);
    const last = await enter(proxy, kind);
    await expectStranger(proxy, site, kind, 'user-connections');
    for (const client of [...clients, last]) client.close();
    await expectSettled(proxy);
    (await enter(proxy, kind)).close();
    await expectSettled(proxy);
  });

  test('two that come at once cannot share the last place', async () => {
    await using all = set(user('max_connections = 1'), '[mask]\nenabled = false');
    const { proxy } = all;
    const peers = await Promise.all(Array.from({ length: 8 }, () => RawPeer.connect(proxy.port)));
    await Promise.all(peers.map((peer) => peer.write(firstMessage(kind))));
    await until(() => proxy.ledger.strangers['user-connections'] === 7, 'seven strangers');
    expect(proxy.daemon.snapshot().users[0]?.connections).toBe(1);
    for (const peer of peers) peer.close();
    await expectSettled(proxy);
  });

  test('max_ips counts IPv4 addresses and IPv6 networks', async () => {
    await using all = set(user('max_connections = 0\nmax_ips = 2'), BEHIND_BALANCER);
    const { proxy, site } = all;
    const first = await enter(proxy, kind, '198.51.100.1');
    const clients = [
      await enter(proxy, kind, '198.51.100.1'),
      await enter(proxy, kind, '2001:db8:1:2::1'),
      await enter(proxy, kind, '2001:db8:1:2:ffff:ffff:ffff:ffff'), // the same /64
      await enter(proxy, kind, '::ffff:198.51.100.1'), // the same IPv4 address
    ];
    for (const ip of ['198.51.100.2', '2001:db8:1:3::1']) await expectStranger(proxy, site, kind, 'user-networks', ip);
    expect(proxy.daemon.snapshot().users[0]).toMatchObject({ connections: 5, networks: 2 });

    await leave(proxy, first);
    await expectStranger(proxy, site, kind, 'user-networks', '198.51.100.2'); // others from there still stand
    const [second, , , fourth] = clients as [SimulatedClient, SimulatedClient, SimulatedClient, SimulatedClient];
    await leave(proxy, second);
    await leave(proxy, fourth);
    clients.push(await enter(proxy, kind, '198.51.100.2'));
    for (const client of clients) client.close();
    await expectSettled(proxy);
  });

  test('limits.max_connections_per_ip counts sessions of a network, whoever they are', async () => {
    await using all = set(user('max_connections = 0'), `${BEHIND_BALANCER}\n[limits]\nmax_connections_per_ip = 2`);
    const { proxy, site } = all;
    const clients = [
      await enter(proxy, kind, '2001:db8:1:2::1'),
      await enter(proxy, kind, '2001:db8:1:2::2'),
      await enter(proxy, kind, '198.51.100.1'),
    ];
    await expectStranger(proxy, site, kind, 'address-connections', '2001:db8:1:2::3');
    await leave(proxy, clients[0] as SimulatedClient);
    clients.push(await enter(proxy, kind, '2001:db8:1:2::3'));
    for (const client of clients) client.close();
    await expectSettled(proxy);
  });

  test('limits.max_connections closes whoever comes beyond it', async () => {
    await using all = set(user('max_connections = 0'), '[limits]\nmax_connections = 2');
    const { proxy } = all;
    const [client, other] = [await enter(proxy, kind), await enter(proxy, kind)];
    const late = await RawPeer.connect(proxy.port);
    expect(await late.end()).toBe('fin');
    expect(late.received).toBe(0);
    late.close();
    expect(proxy.ledger.outcomes.full).toBe(1);
    await leave(proxy, other);
    const next = await enter(proxy, kind);
    next.close();
    client.close();
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.masked).toBe(0);
  });

  test('a date that passes while a session stands ends it', async () => {
    const expiresAtMs = Date.now() + 1_500;
    await using all = set(user(`expires = "${new Date(expiresAtMs).toISOString()}"`));
    const { proxy, site } = all;
    const client = await enter(proxy, kind);
    expect(await client.ended).toBe('closed');
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAtMs);
    expect(Date.now()).toBeLessThan(expiresAtMs + 1_500);
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.cut).toBe(1);
    await expectStranger(proxy, site, kind, 'user-expired');
    await expectSettled(proxy);
  });
});
