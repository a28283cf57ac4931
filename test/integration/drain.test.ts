import { afterAll, beforeAll, expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, type ProxySetup, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

/** No test waits for it: what ends before does so by itself. */
const LIMIT_MS = 60_000;
const HELLO = utf8('hello');

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function startProxy(setup: ProxySetup = {}): TestProxy {
  return new TestProxy({ dcPort: dc.port, ...setup });
}

async function connect(proxy: TestProxy): Promise<SimulatedClient> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee') });
  await client.echo(HELLO);
  return client;
}

function sessionsOf(proxy: TestProxy) {
  return [...proxy.daemon.plane.sessions.all];
}

test('sessions at rest end at once, strangers too; a transfer goes on to its end', async () => {
  using site = new RecordingSite();
  const proxy = startProxy({ sitePort: site.port });
  const request = utf8('GET / HTTP/1.1\r\n\r\n');
  const stranger = await RawPeer.connect(proxy.port);
  await stranger.write(request);
  await site.visitor(request);
  const unspoken = await RawPeer.connect(proxy.port);
  const idle = await Promise.all([connect(proxy), connect(proxy), connect(proxy)]);
  await until(() => sessionsOf(proxy).every(({ quietSweeps }) => quietSweeps > 0), 'all are at rest');
  const busy = await connect(proxy);
  let hasEnded = false;
  void busy.ended.then(() => {
    hasEnded = true;
  });

  const stopped = proxy.stop(LIMIT_MS);
  for (const client of idle) expect(await client.ended).toBe('closed');
  for (const peer of [stranger, unspoken]) expect(await peer.end()).toBe('fin');
  expect(hasEnded).toBe(false);
  for (let round = 0; round < 5; round += 1) {
    expect((await busy.download(1_000_000)).isIntact).toBe(true);
    expect(hasEnded).toBe(false);
  }
  expect(await busy.ended).toBe('closed'); // it has come to rest
  await stopped;
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.cut).toBe(6);
  for (const peer of [stranger, unspoken]) peer.close();
});

test.each([
  ['a slow reader', {}],
  ['a rate', { users: `[users.alice]\nsecret = "${USER_KEY}"\nrate = "200KB"` }],
] as const)('what %s holds back is delivered', async (cause, setup) => {
  const proxy = startProxy(setup);
  const client = await connect(proxy);
  const [session] = sessionsOf(proxy);
  const isStalled = cause === 'a slow reader';
  const transfer = client.download(isStalled ? 8_000_000 : 300_000);
  if (isStalled) client.pauseReading();
  await until(() => session?.relay?.isDelivering === true, 'something is held back');
  const stopped = proxy.stop(LIMIT_MS);
  if (isStalled) {
    await until(() => (session?.quietSweeps ?? 0) > 4, 'looks in which nothing moved');
    client.resumeReading();
  }
  expect((await transfer).isIntact).toBe(true);
  expect(await client.ended).toBe('closed');
  await stopped;
});

test('what still moves at the limit is cut', async () => {
  const proxy = startProxy();
  const client = await connect(proxy);
  client.download(2 ** 40).catch(() => {});
  const start = performance.now();
  await proxy.stop(200);
  expect(performance.now() - start).toBeGreaterThan(190);
  await client.ended;
  expect(proxy.ledger.outcomes.cut).toBe(1);
});
