import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { MemoryReading } from '../../src/daemon/memory.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { bufferSizes } from '../../src/net/socket-options.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, type ProxySetup, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const MB = 1024 * 1024;
const HELLO = utf8('hello');
const BULK_BYTES = 8 * MB;
/** Of 64 MB, of which a quarter is reserve. */
const NORMAL = reading(10);
const TIGHT = reading(41);
const CRITICAL = reading(46);

function reading(usedMb: number): MemoryReading {
  return { place: 'cgroup', usedBytes: usedMb * MB, limitBytes: 64 * MB };
}

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

/** A proxy whose memory is as the test says. */
function startProxy(setup: ProxySetup = {}) {
  const memory = { now: NORMAL };
  const proxy = new TestProxy({ dcPort: dc.port, ...setup, readMemory: () => memory.now });
  const { governor } = proxy.daemon.plane;
  const become = async (now: MemoryReading, level: string) => {
    memory.now = now;
    await until(() => governor.level === level, level);
  };
  return { proxy, governor, memory, become };
}

function connect(proxy: TestProxy): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee') });
}

/** Kernel buffers towards the clients, in the order in which they came. */
function clientBuffers(proxy: TestProxy) {
  return [...proxy.daemon.plane.sessions.all].map(({ client }) => bufferSizes(client.fd));
}

test('bulk beyond the margin grows its buffers; what it is charged comes back with its end', async () => {
  const { proxy, governor } = startProxy({ toml: '[limits]\nto_client_buffer = [8192, 1, 65536]' });
  await using _stopped = proxy;
  const within = await connect(proxy);
  await within.echo(HELLO);
  const free = 5 * (65_536 - 8_192);
  expect(governor.budget.chargedBytes).toBe(free);
  const bulk = await connect(proxy);
  await bulk.echo(HELLO);
  expect(clientBuffers(proxy).map((sizes) => sizes?.send)).toEqual([131_072, 16_384]);

  expect(await bulk.download(BULK_BYTES)).toEqual({ total: BULK_BYTES, isIntact: true });
  expect(clientBuffers(proxy)[1]?.send).toBeGreaterThan(131_072);
  expect(await bulk.upload(BULK_BYTES)).toEqual({ total: BULK_BYTES, isIntact: true });
  expect(clientBuffers(proxy)[1]?.receive).toBeGreaterThan(65_536);
  expect(proxy.daemon.snapshot().governor.bufferBytes).toBeGreaterThan(2 * free);
  expect(clientBuffers(proxy)[0]?.send).toBe(131_072);

  bulk.close();
  await until(() => proxy.ledger.open === 1, 'the bulk session is over');
  expect(governor.budget.chargedBytes).toBe(free);
  within.close();
  await expectSettled(proxy);
  expect(governor.budget.chargedBytes).toBe(0);
});

test('tight: sessions that stand and new ones have low buffers and go on, the pool is small', async () => {
  const { proxy, governor, become } = startProxy();
  await using _stopped = proxy;
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(proxy)));
  await Promise.all(clients.map((client) => client.echo(HELLO)));
  const ready = () => Object.values(proxy.daemon.snapshot().ready).reduce((sum, count) => sum + count, 0);
  await until(() => ready() === 8, 'as many are ready as were taken');

  await become(TIGHT, 'tight');
  // What comes over loopback keeps room for two of its segments, of 32 KB each; the kernel doubles it.
  const isLow = () => clientBuffers(proxy).every((sizes) => sizes?.send === 16_384 && sizes.receive === 131_072);
  await until(() => isLow() && ready() === 2, 'small buffers, a small pool');
  clients.push(await connect(proxy));
  for (const client of clients) expect(await client.echo(HELLO)).toEqual(HELLO);
  expect(await clients[0]?.download(MB)).toEqual({ total: MB, isIntact: true });
  expect(isLow()).toBe(true);
  expect(governor.budget.chargedBytes).toBe(0);
  expect(proxy.logged('memory is getting short')).toMatchObject([{ level: 'warn', usedMb: 41, limitMb: 64 }]);
  expect(proxy.daemon.snapshot().governor).toMatchObject({ level: 'tight', usedBytes: 41 * MB, limitBytes: 64 * MB });

  await become(NORMAL, 'normal');
  expect(proxy.logged('memory is no longer short')).toHaveLength(1);
  expect(await clients[0]?.download(BULK_BYTES)).toEqual({ total: BULK_BYTES, isIntact: true });
  expect(clientBuffers(proxy)[0]?.send).toBeGreaterThan(16_384);
  for (const client of clients) client.close();
  await expectSettled(proxy);
});

test('critical: who comes is closed without a byte, who is busy goes on', async () => {
  const { proxy, governor, become } = startProxy();
  await using _stopped = proxy;
  const busy = await connect(proxy);
  await busy.echo(HELLO);
  await become(CRITICAL, 'critical');

  const refused = await RawPeer.connect(proxy.port);
  expect(await refused.end()).toBe('fin');
  expect(refused.received).toBe(0);
  await expect(connect(proxy)).rejects.toThrow();
  expect(governor.refused).toBe(2);
  expect(proxy.ledger.outcomes.full).toBe(2);
  for (let echoes = 0; echoes < 50; echoes += 1) expect(await busy.echo(HELLO)).toEqual(HELLO);
  expect(await busy.download(MB)).toEqual({ total: MB, isIntact: true });

  await become(NORMAL, 'normal');
  const welcome = await connect(proxy);
  expect(await welcome.echo(HELLO)).toEqual(HELLO);
  expect(proxy.daemon.snapshot().governor).toMatchObject({ level: 'normal', refused: 2 });
  for (const client of [refused, busy, welcome]) client.close();
  await expectSettled(proxy);
});

test('critical: those that have proved nothing go for one that comes, four for one', async () => {
  const { proxy, governor, memory } = startProxy();
  await using _stopped = proxy;
  const crowd: RawPeer[] = [];
  for (let count = 1; count <= 8; count += 1) {
    crowd.push(await RawPeer.connect(proxy.port));
    await until(() => proxy.ledger.open === count, 'it waits');
  }
  memory.now = CRITICAL;
  await until(() => governor.level === 'critical', 'critical');
  const client = await connect(proxy);
  expect(await client.echo(HELLO)).toEqual(HELLO);
  expect(proxy.ledger.outcomes.displaced).toBe(4);
  for (const peer of crowd.slice(0, 4)) expect(await peer.end()).toBe('fin');
  expect(governor.refused).toBe(0);
  for (const peer of [...crowd, client]) peer.close();
  await expectSettled(proxy);
});

test('critical: the quiet are closed, strangers first, until it is over; a stalled reader is reset', async () => {
  using site = new RecordingSite();
  const { proxy, governor, memory } = startProxy({ sitePort: site.port });
  await using _stopped = proxy;
  const strangers = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const request = utf8(`GET /${index} HTTP/1.1\r\n\r\n`);
      const peer = await RawPeer.connect(proxy.port);
      await peer.write(request);
      await site.visitor(request);
      return peer;
    }),
  );
  const stalled = await connect(proxy);
  stalled.pauseReading();
  stalled.download(2 ** 40).catch(() => {});
  const quietOnes = () => [...proxy.daemon.plane.sessions.all].filter(({ quietSweeps }) => quietSweeps >= 5).length;
  await until(() => quietOnes() === 9, 'all are quiet');
  const busy = await connect(proxy);
  memory.now = CRITICAL;
  await until(() => governor.closedIdle === 8, 'as many as at one look');
  expect(stalled.isOpen).toBe(true);
  for (const peer of strangers) expect(await peer.end()).toBe('fin');
  while (governor.closedIdle < 9) expect(await busy.echo(HELLO)).toEqual(HELLO);
  expect(await stalled.ended).toBe('reset');
  expect(proxy.ledger.outcomes.memory).toBe(9);
  expect(busy.isOpen).toBe(true);
  expect(proxy.logged('memory is nearly used up')).toHaveLength(1);
  memory.now = NORMAL;
  await until(() => governor.level === 'normal', 'over');
  busy.close();
  for (const peer of strangers) peer.close();
  await expectSettled(proxy);
});
