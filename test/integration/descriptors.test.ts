import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { askRunning } from '../../src/admin/control-client.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { PRODUCTION_DCS } from '../../src/telegram/data-centers.ts';
import { freePort } from '../support/free-port.ts';
import { initHeader, signedHello } from '../support/hellos.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { secretOf, USER_KEY, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const OPEN_FILES = 64;
/** Where accepting pauses: 16 descriptors are kept back. */
const CEILING = 48;
const MORE_THAN_FIT = 100;
const WINDOW_MS = 1_000;
/** Of that second; spinning takes all of it. */
const IDLE_CPU_SECONDS = 0.25;
const PAUSED = 'out of file descriptors: accepting pauses';

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

/** A process that may open few files, its own looks at Telegram and the site over. */
async function start(
  folder: PetrelFolder,
  maxConnections: number,
  { openFiles = OPEN_FILES, poolSize = 0, more = '' } = {},
): Promise<PetrelProcess> {
  const alice = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;
  const toml = `${alice}\n[limits]\nmax_connections = ${maxConnections}\n[telegram]\npool_size = ${poolSize}\n${more}`;
  folder.configure({ dcPort: dc.port, toml });
  const before = dc.counters.accepted;
  const petrel = await PetrelProcess.serving(folder, { openFiles });
  await dc.until(({ accepted, open }) => accepted === before + PRODUCTION_DCS.length && open === 0);
  await petrel.told('the fronted site cannot be reached');
  return petrel;
}

test('a flood of admitted clients pauses accepting, once told; when they leave it goes on', async () => {
  using folder = new PetrelFolder();
  await using petrel = await start(folder, 1_000);
  const peers = await floodAdmitted(petrel.port, MORE_THAN_FIT);
  await petrel.told(PAUSED);
  await expect(RawPeer.connect(petrel.port)).rejects.toThrow();
  expect(openFiles(petrel)).toBeGreaterThan(CEILING - 8);
  expect(openFiles(petrel)).toBeLessThanOrEqual(CEILING);
  expect(await cpuOfWindow(petrel)).toBeLessThan(IDLE_CPU_SECONDS);
  await expect(RawPeer.connect(petrel.port)).rejects.toThrow(); // still

  for (const peer of peers) peer.close();
  await petrel.told('accepting goes on');
  await expectEcho(petrel);
  expect(petrel.logged(PAUSED)).toMatchObject([{ level: 'warn', limit: OPEN_FILES }]);
}, 15_000);

test('a flood of silent connections pauses nothing: the oldest make room, whatever limits.max_connections says', async () => {
  using folder = new PetrelFolder();
  await using petrel = await start(folder, 1_000);
  const peers = await flood(petrel.port, 5 * MORE_THAN_FIT);
  expect(peers).toHaveLength(5 * MORE_THAN_FIT);
  await expectEcho(petrel);
  expect(openFiles(petrel)).toBeLessThan(CEILING);
  expect(petrel.logged(PAUSED)).toEqual([]);
  for (const peer of peers) peer.close();
});

test('descriptors that run out by connections to Telegram do not make it spin', async () => {
  using folder = new PetrelFolder();
  await using petrel = await start(folder, 1_000);
  const own = openFiles(petrel);
  const fit = Math.floor((OPEN_FILES - own) / 2); // each takes another one towards Telegram
  const peers = await flood(petrel.port, fit);
  await until(() => openFiles(petrel) >= own + fit, 'all are accepted, without a pause');
  for (const peer of peers) await peer.write(initHeader());
  await until(() => openFiles(petrel) >= OPEN_FILES - 1, 'none left');
  await flood(petrel.port, 3); // cannot be accepted
  await petrel.told(PAUSED);
  expect(await cpuOfWindow(petrel)).toBeLessThan(IDLE_CPU_SECONDS);
  expect(petrel.logged(PAUSED)).toHaveLength(1);

  for (const peer of peers) peer.close();
  await petrel.told('accepting goes on');
  await expectEcho(petrel);
}, 15_000);

test('with the default limit sessions end the flood before descriptors do', async () => {
  using folder = new PetrelFolder();
  await using petrel = await start(folder, 0);
  const peers = await flood(petrel.port, MORE_THAN_FIT);
  expect(peers).toHaveLength(MORE_THAN_FIT);
  await until(() => peers.filter(({ hasFin }) => hasFin).length === MORE_THAN_FIT - 16, 'all but 16 closed');
  expect(petrel.logged(PAUSED)).toEqual([]);
  for (const peer of peers) peer.close();
  await until(() => openFiles(petrel) < 16, 'all gone');
  await expectEcho(petrel);
});

describe('connections opened ahead leave their descriptors to the sessions that were promised', () => {
  const options = { openFiles: 200, poolSize: 16 };
  const PROMISED = 84; // two descriptors each, 32 kept back
  const SILENT = 64; // so many may have proved nothing
  const CENTRES = [1, 2, 3, 4, 5, 203, -1, -2, -3, -4, -5];

  test.each([
    [100, 34],
    [200, PROMISED],
  ])('%d open files: %d sessions that come one by one, metrics on', async (files, promised) => {
    using folder = new PetrelFolder();
    const more = `[metrics]\nenabled = true\nlisten = "127.0.0.1:${freePort()}"`;
    await using petrel = await start(folder, 0, { ...options, openFiles: files, more });
    const clients: SimulatedClient[] = [];
    for (const centre of Array.from({ length: promised }, (_, index) => CENTRES[index % CENTRES.length])) {
      clients.push(await echoing(petrel, centre));
    }
    const words = utf8('some bytes!!');
    for (const client of clients) expect(await client.echo(words)).toEqual(words);
    expect(petrel.logged(PAUSED)).toEqual([]);
    for (const client of clients) client.close();
  });

  test('sessions that stand silent first, beside centres in full use', async () => {
    using folder = new PetrelFolder();
    await using petrel = await start(folder, 0, options);
    for (let round = 0; round < 12; round += 1) {
      const clients = await Promise.all(CENTRES.map((centre) => echoing(petrel, centre)));
      for (const client of clients) client.close();
    }
    await untilIdle(folder);
    expect(openFiles(petrel)).toBeGreaterThan(100); // opened ahead
    const clients: SimulatedClient[] = [];
    while (clients.length < PROMISED - SILENT) clients.push(await echoing(petrel));
    const peers = await flood(petrel.port, SILENT);
    const bytes = peers.map(() => initHeader());
    const served = dc.counters.byDc.get(2) ?? 0;
    await Promise.all(peers.map((peer, index) => peer.write(bytes[index] ?? new Uint8Array(0))));
    await dc.until(({ byDc }) => (byDc.get(2) ?? 0) === served + SILENT);
    expect(peers.filter(({ isOpen, hasFin }) => isOpen && !hasFin)).toHaveLength(SILENT);
    expect(petrel.logged(PAUSED)).toEqual([]);
    for (const each of [...peers, ...clients]) each.close();
  });
});

/** Waits until no session stands. */
async function untilIdle(folder: PetrelFolder): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const asked = await askRunning(folder.file('data'));
    if (asked.kind === 'running' && asked.snapshot.ledger.open === 0) return;
    if (performance.now() > deadline) throw new Error('sessions still stand');
  }
}

/** A client whose session works. */
async function echoing({ port }: PetrelProcess, centre = 2): Promise<SimulatedClient> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret: secretOf('ee'), dc: centre });
  await client.echo(utf8('some bytes!!'));
  return client;
}

/** Opens so many connections, as far as they are accepted. */
async function flood(port: number, count: number): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let opened = 0; opened < count; opened += 1) {
    const peer = await RawPeer.connect(port).catch(() => null);
    if (peer !== null) peers.push(peer);
  }
  return peers;
}

/** Opens so many connections that get their flight and go no further, as far as they are accepted. */
async function floodAdmitted(port: number, count: number): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let opened = 0; opened < count; opened += 1) {
    const peer = await RawPeer.connect(port).catch(() => null);
    if (peer === null) continue;
    await peer.write(signedHello());
    await peer.until(({ received, isOpen }) => received > 0 || !isOpen, 'the flight, or closed');
    peers.push(peer);
  }
  return peers;
}

/** Processor time of one second in which nothing happens. */
async function cpuOfWindow(petrel: PetrelProcess): Promise<number> {
  const before = petrel.cpuSeconds;
  await Bun.sleep(WINDOW_MS);
  return petrel.cpuSeconds - before;
}

function openFiles({ pid }: PetrelProcess): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function expectEcho({ port }: PetrelProcess): Promise<void> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret: secretOf('ee') });
  const words = utf8('some bytes!!');
  expect(await client.echo(words)).toEqual(words);
  client.close();
}
