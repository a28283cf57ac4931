import { expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY } from '../support/proxy.ts';

const RATE = 1_000_000; // bytes per second
const TOTAL = 1_500_000;
const EXPECTED_MS = (TOTAL / RATE) * 1000;
const TOLERANCE = 0.25;
const OTHER_KEY = '5f0e1d2c3b4a69788796a5b4c3d2e1f0';
const USERS = `[users.alice]\nsecret = "${USER_KEY}"\nrate = "${RATE}"\n[users.bob]\nsecret = "${OTHER_KEY}"`;

/** Beyond the first window, which on loopback can cost a fifth of a second once. */
const WARM_UP = 150_000;

async function connect(proxy: TestProxy, kind: SecretKind, key = USER_KEY): Promise<SimulatedClient> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf(kind, key) });
  await client.upload(WARM_UP);
  return client;
}

async function expectAtRate(transfers: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await transfers();
  const took = performance.now() - start;
  expect(took).toBeGreaterThan(EXPECTED_MS * (1 - TOLERANCE));
  expect(took).toBeLessThan(EXPECTED_MS * (1 + TOLERANCE));
}

test.concurrent.each<[SecretKind, 'download' | 'upload']>([
  ['plain', 'download'],
  ['ee', 'download'],
  ['plain', 'upload'],
  ['ee', 'upload'],
])('%s: a %s takes as long as the rate says, and is whole', async (kind, way) => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, users: USERS });
  const client = await connect(proxy, kind);
  await expectAtRate(() => client[way](TOTAL));
  client.close();
  await expectSettled(proxy);
  dc.stop();
});

test.concurrent.each(['download', 'upload'] as const)('two sessions of a user share the rate of a %s', async (way) => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, users: USERS });
  const clients = [await connect(proxy, 'ee'), await connect(proxy, 'dd')];
  await expectAtRate(() => Promise.all(clients.map((client) => client[way](TOTAL / 2))));
  for (const client of clients) client.close();
  await expectSettled(proxy);
  dc.stop();
});

test.concurrent('both directions have the rate at once, and other users are not slowed', async () => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, users: USERS });
  const client = await connect(proxy, 'ee');
  const other = await connect(proxy, 'ee', OTHER_KEY);
  let isHeldBack = true;
  const held = expectAtRate(() => Promise.all([client.download(TOTAL), client.upload(TOTAL)])).then(() => {
    isHeldBack = false;
  });
  await other.download(TOTAL);
  expect(isHeldBack).toBe(true);
  await held;
  client.close();
  other.close();
  await expectSettled(proxy);
  dc.stop();
});
