import { expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { sessionTotals } from '../support/session-totals.ts';

const HELLO = utf8('hello');

function connect(proxy: TestProxy, dc = 2): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee'), dc });
}

function ready(proxy: TestProxy): number {
  return Object.values(proxy.daemon.snapshot().ready).reduce((sum, count) => sum + count, 0);
}

test('connections are opened ahead only for data centres in use, and at most pool_size', async () => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: '[telegram]\npool_size = 3' });
  expect(ready(proxy)).toBe(0);

  const clients = await Promise.all(Array.from({ length: 10 }, () => connect(proxy)));
  await Promise.all(clients.map((client) => client.echo(HELLO)));
  await until(() => ready(proxy) === 3, 'three standing ready');
  expect(dc.counters.accepted).toBe(13);
  expect(dc.counters.open).toBe(13);
  expect([...dc.counters.byDc]).toEqual([[2, 10]]);

  const readyBefore = sessionTotals(proxy.ledger.dataCenters).sessionsReady;
  clients.push(await connect(proxy));
  expect(await clients[10]?.echo(HELLO)).toEqual(HELLO);
  expect(sessionTotals(proxy.ledger.dataCenters).sessionsReady).toBe(readyBefore + 1);
  expect(ready(proxy)).toBeLessThanOrEqual(3);
  for (const client of clients) client.close();
  await expectSettled(proxy);
  await proxy.stop();
  await dc.until(({ open }) => open === 0); // nothing that was opened ahead outlives the proxy
  dc.stop();
});

test('pool_size 0 opens nothing ahead', async () => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: '[telegram]\npool_size = 0' });
  for (let round = 0; round < 3; round += 1) {
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(proxy)));
    await Promise.all(clients.map((client) => client.echo(HELLO)));
    for (const client of clients) client.close();
    await expectSettled(proxy);
  }
  expect(dc.counters.accepted).toBe(15);
  expect(ready(proxy)).toBe(0);
  expect(sessionTotals(proxy.ledger.dataCenters)).toMatchObject({ sessions: 15, sessionsReady: 0 });
  dc.stop();
});

test.each<[string, (peer: RawPeer) => void]>([
  ['closes', (peer) => peer.close()],
  ['half-closes', (peer) => peer.finish()],
  ['resets', (peer) => peer.reset()],
  ['speaks on', (peer) => void peer.write(HELLO)],
])('a connection standing ready that the data centre %s is not used', async (_name, spoil) => {
  using dc = new RawDataCenter();
  await using proxy = new TestProxy({ dcPort: dc.port });
  await using first = await RawClient.open(proxy.port, 'dd');
  await first.send(HELLO);
  const used = (await dc.next()).peer;
  await until(() => ready(proxy) === 1, 'one standing ready');
  const spoiled = await dc.listener.find((peer) => peer.isOpen && peer !== used, 'the one standing ready');
  const accepted = dc.listener.peers.length;
  spoil(spoiled);
  await until(() => ready(proxy) === 0 || dc.listener.peers.length > accepted, 'the dead one dropped');

  await using second = await RawClient.open(proxy.port, 'dd');
  await second.send(HELLO);
  const side = await dc.next();
  expect(side.peer).not.toBe(spoiled);
  await side.send(HELLO);
  await until(() => second.received === HELLO.length, 'the answer');
  for (const peer of [first.peer, second.peer, used, side.peer, spoiled]) peer.close();
  await expectSettled(proxy);
});
