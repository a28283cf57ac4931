import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { askRunning } from '../../src/admin/control-client.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { signedHello } from '../support/hellos.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { connectToFlight } from '../support/raw-client.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { SilentCrowd } from '../support/silent-crowd.ts';
import { ProxyCrew } from '../support/workers.ts';

const WORDS = utf8('sixteen bytes...');
const NOBODY_ELSE = '127.0.0.2';
const BALANCER = { ip: '192.0.2.200', port: 443 };
const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;
/** Room for 496 sessions; those that have proved nothing may be 248. */
const OPEN_FILES = 1_024;
const CROWD = 1_500;
const CLIENTS = 20;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

async function enter(port: number, preface?: Uint8Array): Promise<SimulatedClient> {
  const client = await SimulatedClient.connect({
    host: '127.0.0.1',
    port,
    secret: secretOf('ee'),
    ...(preface !== undefined && { preface }),
  });
  expect(await client.echo(WORDS)).toEqual(WORDS);
  return client;
}

function headerFrom(ip: string): Uint8Array {
  return writeProxyHeader(2, { ip, port: 40_000 }, BALANCER);
}

async function snapshotOf(folder: PetrelFolder): Promise<Snapshot> {
  const asked = await askRunning(folder.file('data'));
  if (asked.kind !== 'running') throw new Error(asked.reason);
  return asked.snapshot;
}

describe('beside more silent sockets than there are descriptors', () => {
  test.each<[string, Uint8Array, string]>([
    ['say nothing', new Uint8Array(0), ''],
    ['have sent the first byte of a hello', Uint8Array.of(22), ''],
    ['have sent half a hello', signedHello().subarray(0, 700), ''],
    ['have sent half an init header', systemRandom(32), ''],
    ['have begun a PROXY header', utf8('PROXY TCP4 198.51'), '[proxy_protocol]\nenabled = true'],
  ])('that %s every genuine client gets in', async (_kind, words, toml) => {
    await using crowd = new SilentCrowd();
    using folder = new PetrelFolder();
    folder.configure({ dcPort: dc.port, toml: `${toml}\n${ALICE}` });
    await using petrel = await PetrelProcess.serving(folder, { openFiles: OPEN_FILES });
    const preface = toml === '' ? undefined : headerFrom('203.0.113.9');

    const early = await enter(petrel.port, preface);
    expect(await crowd.connect(petrel.port, CROWD, NOBODY_ELSE, words)).toMatchObject({ connected: CROWD });
    const rush = crowd.connect(petrel.port, CROWD, NOBODY_ELSE, words); // and more of them come all the time
    const clients = [early];
    while (clients.length < CLIENTS) clients.push(await enter(petrel.port, preface));
    await rush;
    clients.push(await enter(petrel.port, preface));
    for (const client of clients) expect(await client.echo(WORDS)).toEqual(WORDS);

    const { ledger, warnings, lobby, vitals } = await snapshotOf(folder);
    expect(ledger.handshakes.tls).toBe(clients.length);
    expect(ledger.outcomes).toMatchObject({ full: 0, left: 0 });
    expect(ledger.outcomes.displaced).toBeGreaterThan(2 * CROWD - 248 - clients.length);
    expect(ledger.acceptPauses).toBe(0);
    expect(lobby.waiting).toBeLessThanOrEqual(248);
    expect((await crowd.count()).open).toBeLessThanOrEqual(250);
    expect(vitals.sessionsRefused).toBe(0);
    expect(warnings.find(({ sign }) => sign === 'crowd')?.message).toContain(NOBODY_ELSE);
    for (const client of clients) client.close();
  });
});

test('of a full server the longest silent one of the network that has most goes; others are not touched', async () => {
  await using proxy = new TestProxy({
    dcPort: dc.port,
    toml: '[proxy_protocol]\nenabled = true\n[limits]\nmax_connections = 6',
  });
  const silentFrom = async (ip: string) => {
    const before = proxy.daemon.plane.sessions.lobby.size;
    const peer = await RawPeer.connect(proxy.port);
    await peer.write(headerFrom(ip));
    await until(() => proxy.daemon.plane.sessions.lobby.size > before || peer.hasFin, 'it waits');
    return peer;
  };
  const phone = [await silentFrom('203.0.113.1'), await silentFrom('203.0.113.1')];
  const crowd = [await silentFrom('198.51.100.7'), await silentFrom('198.51.100.7'), await silentFrom('198.51.100.7')];
  const client = await enter(proxy.port, headerFrom('203.0.113.9'));
  expect(proxy.ledger.outcomes.displaced).toBe(0);
  const other = await enter(proxy.port, headerFrom('203.0.113.9'));
  expect(await crowd[0]?.end()).toBe('fin');
  expect(crowd[0]?.received).toBe(0);
  expect(proxy.ledger.outcomes.displaced).toBe(1);
  expect([...phone, ...crowd.slice(1)].map(({ isOpen, hasFin }) => isOpen && !hasFin)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  for (const peer of [...phone, ...crowd, client, other]) peer.close();
  await expectSettled(proxy);
});

test('who is admitted stays, from its flight on', async () => {
  await using proxy = new TestProxy({ dcPort: dc.port, toml: '[limits]\nmax_connections = 4' });
  const silent = await RawPeer.connect(proxy.port);
  const waiting = await connectToFlight(proxy.port); // has its flight, and takes its time
  const clients = [await enter(proxy.port), await enter(proxy.port), await enter(proxy.port)];
  expect(await silent.end()).toBe('fin');
  const late = await RawPeer.connect(proxy.port);
  expect(await late.end()).toBe('fin');
  expect(proxy.ledger.outcomes).toMatchObject({ displaced: 1, full: 1 });
  expect(waiting.hasFin).toBe(false);
  for (const peer of [silent, waiting, late, ...clients]) peer.close();
  await expectSettled(proxy);
});

test('silent sockets of a network that is at limits.max_connections_per_ip make room for those of it that speak', async () => {
  await using proxy = new TestProxy({ dcPort: dc.port, toml: '[limits]\nmax_connections_per_ip = 3' });
  const crowd = [];
  for (let index = 0; index < 5; index += 1) crowd.push(await RawPeer.connect(proxy.port));
  for (const gone of crowd.slice(0, 2)) expect(await gone.end()).toBe('fin');
  const clients = [await enter(proxy.port), await enter(proxy.port), await enter(proxy.port)];
  expect(proxy.ledger.outcomes.displaced).toBe(5);

  // Where that makes no room nobody has to go, and where it does as many as it takes.
  const more = [await RawPeer.connect(proxy.port), await RawPeer.connect(proxy.port)];
  await until(() => proxy.ledger.open === 5, 'beyond the limit');
  expect(more.map(({ hasFin }) => hasFin)).toEqual([false, false]);
  clients[0]?.close();
  await until(() => proxy.ledger.open === 4, 'one left');
  clients.push(await enter(proxy.port));
  for (const gone of more) expect(await gone.end()).toBe('fin');
  expect(proxy.ledger.outcomes.displaced).toBe(7);
  for (const peer of [...crowd, ...more, ...clients]) peer.close();
  await expectSettled(proxy);
});

test('strangers that are read and discarded make room too', async () => {
  await using proxy = new TestProxy({
    dcPort: dc.port,
    toml: '[mask]\nenabled = false\n[limits]\nmax_connections = 2',
  });
  const strangers = [];
  for (let index = 0; index < 4; index += 1) {
    const peer = await RawPeer.connect(proxy.port);
    await peer.write(utf8('GET / HTTP/1.1\r\n\r\n'));
    await until(() => proxy.ledger.strangers['not-a-client'] === index + 1, 'a stranger');
    strangers.push(peer);
  }
  const client = await enter(proxy.port);
  expect(proxy.ledger.outcomes.displaced).toBe(3);
  for (const peer of [...strangers, client]) peer.close();
  await expectSettled(proxy);
});

test('several workers: those of another worker make room as well', async () => {
  const toml = '[limits]\nmax_connections = 8';
  await using proxy = await ProxyCrew.serving({ workers: 2, dcPort: dc.port, users: ALICE, toml });
  const crowd = await Promise.all(Array.from({ length: 40 }, () => RawPeer.connect(proxy.port)));
  await proxy.shows(({ ledger }) => ledger.accepted === 40 && ledger.open <= 8, 'eight of the crowd');
  // One after the other, whichever worker has them, until there is nobody but clients.
  const clients = [];
  for (let index = 0; index < 8; index += 1) clients.push(await proxy.client());
  const { ledger, lobby } = await proxy.snapshot();
  expect(ledger).toMatchObject({ open: 8, relaying: 8 });
  expect(lobby.waiting).toBe(0);
  for (const peer of [...crowd, ...clients]) peer.close();
});
