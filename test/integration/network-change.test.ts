import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { SILENCE_MS } from '../../src/proxy/give-way.ts';
import { SWEEP_MS } from '../../src/proxy/session-table.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { signedHello } from '../support/hellos.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { connectToFlight } from '../support/raw-client.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { ProxyCrew } from '../support/workers.ts';

const WORDS = utf8('sixteen bytes...');
const BALANCER = { ip: '192.0.2.200', port: 443 };
const [HOME, MOBILE, OFFICE] = ['198.51.100.1', '203.0.113.7', '203.0.113.9'];
const PLACES = 8;
const SILENT_SWEEPS = SILENCE_MS / SWEEP_MS;
/** A client that was refused waits for so long before it tries again. */
const RETRY_MS = 50;
const HASTY_CREW = join(import.meta.dir, '../support/hasty-crew.ts');

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function headerFrom(ip: string): Uint8Array {
  return writeProxyHeader(2, { ip, port: 40_000 }, BALANCER);
}

function alice(terms: string): string {
  return `[users.alice]\nsecret = "${USER_KEY}"\n${terms}`;
}

/** A proxy behind a balancer: where its clients come from is what the balancer says. Strangers stay with it. */
function start(terms: string): TestProxy {
  const toml = '[proxy_protocol]\nenabled = true\n[mask]\nenabled = false';
  return new TestProxy({ dcPort: dc.port, users: alice(terms), toml });
}

async function enter(port: number, ip: string): Promise<SimulatedClient> {
  const place = { host: '127.0.0.1', port, secret: secretOf('ee'), preface: headerFrom(ip) };
  const client = await SimulatedClient.connect(place);
  expect(await client.echo(WORDS)).toEqual(WORDS);
  return client;
}

async function enterAll(proxy: TestProxy, ips: readonly string[]): Promise<SimulatedClient[]> {
  const clients = [];
  for (const ip of ips) clients.push(await enter(proxy.port, ip));
  return clients;
}

/** As if so many sweeps had passed without a byte on the sessions of these networks. */
function silence(proxy: TestProxy, ips: readonly string[], sweeps = SILENT_SWEEPS): void {
  for (const session of proxy.daemon.plane.sessions.all) {
    if (!ips.includes(session.peer.ip)) continue;
    if (session.relay !== null) session.relay.isActive = false;
    session.quietSweeps = sweeps;
  }
}

async function expectRefused(
  proxy: TestProxy,
  ip: string,
  reason: 'user-connections' | 'user-networks',
): Promise<void> {
  const before = proxy.ledger.strangers[reason];
  await using peer = await RawPeer.connect(proxy.port);
  await peer.write(headerFrom(ip));
  await peer.write(signedHello());
  await until(() => proxy.ledger.strangers[reason] === before + 1, reason);
}

function networksOf(proxy: TestProxy): Record<string, number> {
  return Object.fromEntries(proxy.daemon.plane.roster.get('alice')?.networks ?? []);
}

describe('at max_connections', () => {
  test('a phone that comes back from another network gets all its places again', async () => {
    await using proxy = start(`max_connections = ${PLACES}`);
    const lost = await enterAll(proxy, new Array(PLACES).fill(HOME));
    silence(proxy, [HOME]);
    const back = await enterAll(proxy, new Array(PLACES).fill(MOBILE));
    for (const client of lost) await client.ended;
    expect(networksOf(proxy)).toEqual({ [MOBILE]: PLACES });
    expect(proxy.ledger.outcomes.superseded).toBe(PLACES);
    await expectRefused(proxy, OFFICE, 'user-connections'); // those that are back have only just talked
    for (const client of back) expect(await client.echo(WORDS)).toEqual(WORDS);
    for (const client of back) client.close();
    await expectSettled(proxy);
  });

  test('who has been silent longest goes, and nobody who talks', async () => {
    await using proxy = start('max_connections = 3');
    const [talks, longest, silent] = await enterAll(proxy, [HOME, OFFICE, MOBILE]);
    silence(proxy, [OFFICE], SILENT_SWEEPS + 2);
    silence(proxy, [MOBILE], SILENT_SWEEPS);
    const next = await enter(proxy.port, HOME);
    await longest?.ended;
    const last = await enter(proxy.port, HOME);
    await silent?.ended;
    expect(await talks?.echo(WORDS)).toEqual(WORDS);
    await expectRefused(proxy, HOME, 'user-connections');
    for (const client of [talks, next, last]) client?.close();
    await expectSettled(proxy);
  });

  test('a client that has its flight and says nothing more gives way too', async () => {
    await using proxy = start('max_connections = 1');
    const peer = await connectToFlight(proxy.port, secretOf('ee'), headerFrom(HOME));
    silence(proxy, [HOME]);
    const client = await enter(proxy.port, MOBILE);
    expect(await peer.end()).toBe('fin');
    for (const each of [peer, client]) each.close();
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.superseded).toBe(1);
  });

  test('those that come at once do not share a place that was left', async () => {
    await using proxy = start('max_connections = 4');
    const lost = await enterAll(proxy, new Array(4).fill(HOME));
    silence(proxy, [HOME]);
    const peers = await Promise.all(Array.from({ length: 12 }, () => RawPeer.connect(proxy.port)));
    await Promise.all(peers.map((peer) => peer.write(headerFrom(MOBILE))));
    await Promise.all(peers.map((peer) => peer.write(signedHello())));
    await until(() => proxy.ledger.strangers['user-connections'] === 8, 'eight are refused');
    expect(networksOf(proxy)).toEqual({ [MOBILE]: 4 });
    for (const each of [...lost, ...peers]) each.close();
    await expectSettled(proxy);
  });
});

describe('at max_ips', () => {
  test('a network that is silent gives way as a whole', async () => {
    await using proxy = start('max_connections = 0\nmax_ips = 2');
    const lost = await enterAll(proxy, [HOME, HOME, HOME]);
    const office = await enter(proxy.port, OFFICE);
    silence(proxy, [HOME]);
    const client = await enter(proxy.port, MOBILE);
    for (const each of lost) await each.ended;
    expect(networksOf(proxy)).toEqual({ [MOBILE]: 1, [OFFICE]: 1 });
    for (const each of [office, client]) each.close();
    await expectSettled(proxy);
  });

  test('but not while one of its sessions talks', async () => {
    await using proxy = start('max_connections = 0\nmax_ips = 1');
    const [silent] = await enterAll(proxy, [HOME]);
    silence(proxy, [HOME]);
    const talks = await enter(proxy.port, HOME);
    await expectRefused(proxy, MOBILE, 'user-networks');
    for (const client of [silent, talks]) expect(await client?.echo(WORDS)).toEqual(WORDS);
    for (const client of [silent, talks]) client?.close();
    await expectSettled(proxy);
  });

  test('and nobody goes when a place is wanting all the same', async () => {
    await using proxy = start('max_connections = 3\nmax_ips = 2');
    const all = await enterAll(proxy, [HOME, OFFICE, OFFICE]);
    silence(proxy, [HOME]);
    // A session from MOBILE takes the network of HOME, and its place.
    const client = await enter(proxy.port, MOBILE);
    await all[0]?.ended;
    await expectRefused(proxy, HOME, 'user-connections');
    for (const each of all.slice(1)) expect(await each.echo(WORDS)).toEqual(WORDS);
    for (const each of [...all.slice(1), client]) each.close();
    await expectSettled(proxy);
  });
});

describe('several workers', () => {
  /** Strangers are closed: there is no site. */
  function crew(terms: string): Promise<ProxyCrew> {
    const setup = { workers: 2, dcPort: dc.port, users: alice(terms), toml: '[proxy_protocol]\nenabled = true' };
    return ProxyCrew.serving(setup, { program: HASTY_CREW });
  }

  /** Tries again until it gets in, as an app does. */
  async function enterInTheEnd(proxy: ProxyCrew, ip: string): Promise<SimulatedClient> {
    for (;;) {
      const client = await enter(proxy.port, ip).catch(() => null);
      if (client !== null) return client;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  test('the sessions of all of them give way', async () => {
    await using proxy = await crew(`max_connections = ${PLACES}`);
    const lost = await proxy.clients(PLACES, headerFrom(HOME));
    const { workers } = await proxy.shows(({ users }) => users[0]?.connections === PLACES, 'all there');
    expect(workers).toHaveLength(2);
    const back = await Promise.all(Array.from({ length: PLACES }, () => enterInTheEnd(proxy, MOBILE)));
    // On a machine that is so busy that those that are back fall silent as well one of them may have had to go.
    while (lost.some(({ isOpen }) => isOpen)) back.push(await enterInTheEnd(proxy, MOBILE));
    const { ledger, users } = await proxy.shows(({ ledger }) => ledger.open === PLACES, 'only those that are back');
    expect(users[0]).toMatchObject({ connections: PLACES, networks: 1 });
    expect(ledger.outcomes.superseded).toBe(back.length);
    for (const client of back) client.close();
    await proxy.shows(({ users }) => users[0]?.connections === 0, 'all places given back');
  });

  test('a network gives way in all of them', async () => {
    await using proxy = await crew('max_connections = 0\nmax_ips = 1');
    const lost = await proxy.clients(PLACES, headerFrom(HOME));
    const client = await enterInTheEnd(proxy, MOBILE);
    for (const each of lost) await each.ended;
    const { ledger, users } = await proxy.shows(({ ledger }) => ledger.open === 1, 'only the one that is back');
    expect(users[0]).toMatchObject({ connections: 1, networks: 1 });
    expect(ledger.outcomes.superseded).toBeGreaterThanOrEqual(PLACES);
    client.close();
  });
});
