import { expect, test } from 'bun:test';
import { concat } from '../../src/kit/bytes.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { initHeader, signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { RawPeer } from '../support/raw-peer.ts';

const REFUSED = 'a client with the right secret was refused';

interface Case {
  readonly name: string;
  readonly users: string;
  readonly toml?: string;
  /** Names the key that would let the client in. */
  readonly key: string;
}

const CASES: readonly Case[] = [
  { name: 'disabled', users: 'enabled = false', key: 'users.alice.enabled' },
  { name: 'expired', users: 'expires = "2020-01-01"', key: 'users.alice.expires' },
  { name: 'secure mode off', users: '', toml: '[modes]\nsecure = false\nclassic = true', key: 'modes.secure' },
  { name: 'TLS alone on', users: '', toml: '[modes]\nsecure = false\nclassic = false', key: 'modes.secure' },
];

test.each(CASES)('$name: the operator is told which key refuses a genuine client', async ({ users, toml, key }) => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({
    sitePort: site.port,
    users: `[users.alice]\nsecret = "${USER_KEY}"\n${users}`,
    ...(toml !== undefined && { toml }),
  });
  await using first = await RawPeer.connect(proxy.port);
  await first.write(initHeader());
  await using second = await RawPeer.connect(proxy.port);
  await second.write(initHeader());
  await until(() => proxy.ledger.splicing === 2, 'both are at the site');
  const [line, ...more] = proxy.logged(REFUSED);
  expect(more).toEqual([]); // one line a minute
  expect(line).toMatchObject({ level: 'warn', user: 'alice', key, times: 1 });
});

test('a full user is told with its limit', async () => {
  using site = new RecordingSite();
  using dc = new RawDataCenter();
  await using proxy = new TestProxy({
    dcPort: dc.port,
    sitePort: site.port,
    users: `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 1`,
  });
  await using client = await RawClient.open(proxy.port, 'dd');
  await client.send(new Uint8Array(16));
  await dc.next();
  await using refused = await RawPeer.connect(proxy.port);
  await refused.write(initHeader());
  await until(() => proxy.ledger.splicing === 1, 'it is at the site');
  expect(proxy.logged(REFUSED)[0]).toMatchObject({ user: 'alice', key: 'users.alice.max_connections', value: 1 });
});

test('a network with too many connections is told', async () => {
  using site = new RecordingSite();
  using dc = new RawDataCenter();
  await using proxy = new TestProxy({
    dcPort: dc.port,
    sitePort: site.port,
    toml: '[limits]\nmax_connections_per_ip = 1',
  });
  await using client = await RawClient.open(proxy.port, 'dd'); // what has proved nothing would make room
  await dc.next();
  await using second = await RawPeer.connect(proxy.port);
  await until(() => proxy.logged('its network has as many').length === 1, 'the line');
  expect(proxy.logged('its network has as many')[0]).toMatchObject({ network: '127.0.0.1', value: 1 });
  expect([client.peer.isOpen, second.isOpen]).toEqual([true, true]);
});

test('a right secret with a domain that is not ours is told, and goes to the site like anybody else', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  const hello = signedHello({ domain: 'old.example.org' });
  await using client = await RawPeer.connect(proxy.port);
  await client.write(hello);
  await until(() => proxy.logged('not in tls.domain').length === 1, 'the line');
  expect(proxy.logged('not in tls.domain')[0]).toMatchObject({
    user: 'alice',
    serverName: 'old.example.org',
    times: 1,
  });
  await until(() => proxy.ledger.splicing === 1, 'it is at the site');
  expect(proxy.ledger.strangers['unknown-sni']).toBe(1);
});

test('strangers that know nothing are no line in the log', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  await using named = await RawPeer.connect(proxy.port);
  await named.write(signedHello({ domain: 'other.example.org', key: '00112233445566778899aabbccddeeff' }));
  await using wrong = await RawPeer.connect(proxy.port);
  await wrong.write(signedHello({ key: '00112233445566778899aabbccddeeff' }));
  await until(() => proxy.ledger.splicing === 2, 'both are at the site');
  await new Promise(setImmediate); // the search has had its turn
  expect(proxy.logLines.filter(({ level, message }) => level === 'warn' && message.includes('refused'))).toEqual([]);
});

const BALANCED = '[proxy_protocol]\nenabled = true\n';

test('a balancer that is not trusted is told by its address', async () => {
  await using proxy = new TestProxy({ toml: `${BALANCED}trusted = ["192.0.2.0/24"]` });
  await using balancer = await RawPeer.connect(proxy.port);
  expect(await balancer.end()).toBe('fin');
  expect(proxy.logged('not come from a trusted balancer')[0]).toMatchObject({ from: '127.0.0.1', times: 1 });
});

test('a balancer that sends no PROXY header is told', async () => {
  await using proxy = new TestProxy({ toml: BALANCED });
  await using balancer = await RawPeer.connect(proxy.port);
  await balancer.write(signedHello());
  await balancer.end();
  expect(proxy.logged('began without a PROXY header')[0]).toMatchObject({ from: '127.0.0.1' });
});

test.each<[string, 1 | 2]>([
  ['version 1', 1],
  ['version 2', 2],
])('a PROXY header (%s) that nobody asked for is told, and goes to the site', async (_name, version) => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  await using balancer = await RawPeer.connect(proxy.port);
  const end = { ip: '192.0.2.1', port: 443 };
  const bytes = concat(writeProxyHeader(version, end, end), signedHello());
  await balancer.write(bytes);
  (await site.visitor(bytes)).close();
  expect(proxy.logged('proxy_protocol.enabled is false')).toHaveLength(1);
});
