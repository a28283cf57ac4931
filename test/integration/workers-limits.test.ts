import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { initHeader, signedHello } from '../support/hellos.ts';
import { CLOSED_PORT, USER_KEY } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { ProxyCrew } from '../support/workers.ts';

const KB = 1024;
const NOT_MASKED = '[mask]\nenabled = false'; // strangers then stay, and can be counted
/** What one read lets through beyond a rate or a quota is small against what the tests move. */
const SMALL_READS = '[limits]\nto_client_buffer = [8192, 0, 8192]';
const BALANCER = { ip: '192.0.2.200', port: 443 };

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function alice(limits = 'max_connections = 0'): string {
  return `[users.alice]\nsecret = "${USER_KEY}"\n${limits}`;
}

function crew(workers: number, users: string, toml = ''): Promise<ProxyCrew> {
  return ProxyCrew.serving({ workers, dcPort: dc.port, sitePort: CLOSED_PORT, users, toml });
}

/** Says these first messages at once, each on a connection of its own. */
async function sayAtOnce(port: number, messages: readonly Uint8Array[]): Promise<RawPeer[]> {
  const peers = await Promise.all(messages.map(() => RawPeer.connect(port)));
  await Promise.all(peers.map((peer, index) => peer.write(messages[index] ?? new Uint8Array(0))));
  return peers;
}

function decided({ ledger }: Snapshot): number {
  return ledger.handshakes.tls + ledger.handshakes.secure + Object.values(ledger.strangers).reduce((a, b) => a + b, 0);
}

describe.each([2, 4])('%d workers', (workers) => {
  test('share the sessions out, and show as one proxy', async () => {
    await using proxy = await crew(workers, alice());
    const clients = await proxy.clients(20 * workers);
    const snapshot = await proxy.snapshot();
    expect(snapshot.pid).toBe(proxy.petrel.pid);
    expect(snapshot.pause).toBeNull();
    expect(snapshot.workers).toHaveLength(workers);
    for (const { sessions, rssBytes } of snapshot.workers) {
      expect(sessions).toBeGreaterThan(0);
      expect(rssBytes).toBeGreaterThan(10_000_000);
    }
    expect(snapshot.ledger).toMatchObject({ open: clients.length, relaying: clients.length });
    expect(snapshot.users[0]).toMatchObject({ connections: clients.length, networks: 1, sessions: clients.length });
    expect(snapshot.vitals.rssBytes).toBeGreaterThan((workers + 1) * 10_000_000);
    for (const client of clients) client.close();
    const after = await proxy.shows(({ ledger }) => ledger.open === 0, 'nobody there');
    expect(after.users[0]).toMatchObject({ connections: 0, networks: 0 });
    // What crossed the wire: frames and their padding of one echo a client at least.
    expect(after.users[0]?.uplinkBytes).toBeGreaterThanOrEqual(16 * clients.length);
    expect(after.users[0]?.uplinkBytes).toBe(after.ledger.uplinkBytes);
  });

  test('keep to max_connections of a user, whoever is asked', async () => {
    await using proxy = await crew(workers, alice('max_connections = 5'), NOT_MASKED);
    const peers = await sayAtOnce(
      proxy.port,
      Array.from({ length: 40 }, () => signedHello()),
    );
    const { ledger, users } = await proxy.shows((snapshot) => decided(snapshot) === 40, 'all decided');
    expect(ledger.handshakes.tls).toBe(5);
    expect(ledger.strangers['user-connections']).toBe(35);
    expect(users[0]?.connections).toBe(5);
    expect(peers.filter(({ received }) => received > 0)).toHaveLength(5);
    for (const peer of peers) peer.close();
    await proxy.shows(({ ledger, users }) => ledger.open === 0 && users[0]?.connections === 0, 'places given back');
    await using again = await RawPeer.connect(proxy.port);
    await again.write(signedHello());
    await again.until(({ received }) => received > 0, 'a flight');
  });

  test('refuse the same handshake everywhere', async () => {
    await using proxy = await crew(workers, alice(), NOT_MASKED);
    for (const [message, mode] of [
      [signedHello(), 'tls'],
      [initHeader(), 'secure'],
    ] as const) {
      const before = await proxy.snapshot();
      const peers = await sayAtOnce(proxy.port, new Array(21).fill(message));
      const { ledger } = await proxy.shows((snapshot) => decided(snapshot) === decided(before) + 21, 'all decided');
      expect(ledger.handshakes[mode]).toBe(1);
      expect(ledger.strangers.replay).toBe(before.ledger.strangers.replay + 20);
      for (const peer of peers) peer.close();
    }
  });
});

test('max_ips counts networks over all workers', async () => {
  await using proxy = await crew(
    2,
    alice('max_connections = 0\nmax_ips = 2'),
    `${NOT_MASKED}\n[proxy_protocol]\nenabled = true`,
  );
  const messages = Array.from({ length: 30 }, (_, index) => {
    const header = writeProxyHeader(2, { ip: `198.51.100.${1 + (index % 10)}`, port: 40_000 }, BALANCER);
    return Buffer.concat([header, signedHello()]);
  });
  const peers = await sayAtOnce(proxy.port, messages);
  const { ledger, users } = await proxy.shows((snapshot) => decided(snapshot) === 30, 'all decided');
  expect(users[0]).toMatchObject({ networks: 2, connections: 6 });
  expect(ledger.strangers['user-networks']).toBe(24);
  for (const peer of peers) peer.close();
});

test('limits of all sessions and of one network are those of all workers together', async () => {
  const limits = '[limits]\nmax_connections = 10\nmax_connections_per_ip = 4';
  await using proxy = await crew(2, alice(), `${NOT_MASKED}\n${limits}\n[proxy_protocol]\nenabled = true`);
  const helloFrom = (ip: string) => Buffer.concat([writeProxyHeader(2, { ip, port: 40_000 }, BALANCER), signedHello()]);
  const first = await sayAtOnce(
    proxy.port,
    Array.from({ length: 30 }, () => helloFrom('198.51.100.1')),
  );
  await proxy.shows(({ ledger }) => ledger.accepted === 30 && ledger.handshakes.tls === 4, 'four of the network');
  // One after the other: of those that come at once, who has not yet said its hello makes room for the next one.
  const second: RawPeer[] = [];
  for (let host = 2; host < 22; host += 1) {
    const [peer] = await sayAtOnce(proxy.port, [helloFrom(`198.51.100.${host}`)]);
    if (peer === undefined) throw new Error('nobody');
    second.push(peer);
    await peer.until(({ received, hasFin }) => received > 0 || hasFin, 'the flight, or the end');
  }
  await proxy.shows(({ ledger }) => ledger.accepted === 50 && ledger.handshakes.tls === 10, 'ten in all');
  const late = await sayAtOnce(proxy.port, [helloFrom('198.51.100.40')]);
  await late[0]?.end();
  const { ledger } = await proxy.snapshot();
  expect(ledger.handshakes.tls).toBe(10);
  expect(ledger.open).toBe(10);
  expect(ledger.outcomes.full).toBeGreaterThan(0);
  for (const peer of [...first, ...second, ...late]) peer.close();
});

test('a quota binds over all workers, within what moves in a second', async () => {
  const [quota, rate, count] = [2_000 * KB, 800 * KB, 16];
  const users = alice(`max_connections = 0\nquota = "${quota}"\nrate = "${rate}"`);
  await using proxy = await crew(2, users, `${NOT_MASKED}\n${SMALL_READS}`);
  const clients = await proxy.clients(count);
  const { workers } = await proxy.snapshot();
  expect(workers.map(({ sessions }) => sessions > 0)).toEqual([true, true]);
  const ends = clients.map((client) =>
    client.download(5 * quota).then(
      () => 'whole',
      () => 'cut',
    ),
  );
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['cut']));
  const { ledger, users: shown } = await proxy.shows(({ ledger }) => ledger.open === 0, 'all cut');
  const used = (shown[0]?.uplinkBytes ?? 0) + (shown[0]?.downlinkBytes ?? 0);
  expect(used).toBeGreaterThanOrEqual(quota);
  expect(used).toBeLessThan(quota + rate + count * 32 * KB); // and a read of each session; each worker for itself would let 4,000 KB pass
  expect(ledger.outcomes.quota).toBe(count);
  await using late = await RawPeer.connect(proxy.port);
  await late.write(signedHello());
  await proxy.shows(({ ledger }) => ledger.strangers['user-quota'] === 1, 'refused');
});

test('a rate is shared out among the workers', async () => {
  const rate = 800 * KB;
  await using proxy = await crew(2, alice(`max_connections = 0\nrate = "${rate}"`), SMALL_READS);
  const clients = await proxy.clients(16);
  const { workers } = await proxy.snapshot();
  expect(workers.map(({ sessions }) => sessions > 0)).toEqual([true, true]);
  const start = performance.now();
  await Promise.all(clients.map((client) => client.download(Math.ceil((2 * rate) / clients.length))));
  const seconds = (performance.now() - start) / 1_000;
  expect(seconds).toBeGreaterThan(1.5); // each worker for itself would need half of that
  expect(seconds).toBeLessThan(4);
  for (const client of clients) client.close();
});
