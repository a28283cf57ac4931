import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { STORE_FILE } from '../../src/store/open-store.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';

const KB = 1024;
const QUOTA = 1_000 * KB;
/** What one read may carry beyond it: the socket buffers of the default profile, doubled by the kernel. */
const OVERSHOOT = 256 * KB;
/** How much the handshake, framing and padding may add to what a client asked for. */
const AROUND = 64 * KB;
const USERS = `[users.alice]\nsecret = "${USER_KEY}"\nquota = "${QUOTA}"`;
/** A crash may lose what was moved in so many milliseconds. */
const LOSS_MS = 5_000;

function connect(proxy: TestProxy, kind: SecretKind): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf(kind) });
}

function used(proxy: TestProxy): number {
  const [user] = proxy.daemon.snapshot().users;
  return (user?.uplinkBytes ?? 0) + (user?.downlinkBytes ?? 0);
}

/** A folder that outlives the proxies which keep their data in it. */
function dataFolder() {
  const path = mkdtempSync(join(tmpdir(), 'petrel-data-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test.each<[SecretKind, 'download' | 'upload']>([
  ['plain', 'download'],
  ['ee', 'download'],
  ['plain', 'upload'],
  ['ee', 'upload'],
])('a %s session is cut in the middle of the %s that reaches the quota', async (kind, way) => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, users: USERS });
  const client = await connect(proxy, kind);
  await client[way](QUOTA / 2);
  const bystander = await connect(proxy, kind); // of the same user
  await bystander.echo(utf8('here'));
  expect(proxy.ledger.relaying).toBe(2);

  await expect(client[way](5 * QUOTA)).rejects.toThrow('the connection ended');
  expect(used(proxy)).toBeGreaterThanOrEqual(QUOTA);
  expect(used(proxy)).toBeLessThan(QUOTA + OVERSHOOT);
  await expect(bystander.echo(utf8('still here?'))).rejects.toThrow('the connection ended');
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.quota).toBe(2);

  await expect(connect(proxy, 'ee')).rejects.toThrow(); // no flight, and no site behind this proxy
  expect(proxy.ledger.strangers['user-quota']).toBe(1);
  await expectSettled(proxy);
  await proxy.stop();
  await dc.until(({ open }) => open === 0);
  dc.stop();
});

test('what was used counts on after a restart', async () => {
  using folder = dataFolder();
  const dc = SimulatedDataCenter.start();
  {
    await using proxy = new TestProxy({ dcPort: dc.port, users: USERS, dataDir: folder.path });
    const client = await connect(proxy, 'ee');
    await client.download(QUOTA * 0.6);
    client.close();
    await expectSettled(proxy);
  }
  await using proxy = new TestProxy({ dcPort: dc.port, users: USERS, dataDir: folder.path });
  expect(used(proxy)).toBeGreaterThanOrEqual(QUOTA * 0.6);
  expect(used(proxy)).toBeLessThan(QUOTA * 0.6 + AROUND);
  const client = await connect(proxy, 'ee');
  await expect(client.download(QUOTA * 0.6)).rejects.toThrow('the connection ended');
  expect(used(proxy)).toBeLessThan(QUOTA + OVERSHOOT);
  await expectSettled(proxy);
  dc.stop();
});

test('a crash loses no more than the last seconds', async () => {
  using folder = dataFolder();
  using crashed = dataFolder();
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, users: USERS, dataDir: folder.path });
  const client = await connect(proxy, 'ee');
  await client.download(QUOTA * 0.6); // and goes on: nothing is settled or stopped
  const file = new Database(join(folder.path, STORE_FILE), { readonly: true });
  const saved = file.query<{ bytes: number }, []>("SELECT uplink + downlink AS bytes FROM usage WHERE name = 'alice'");
  await until(() => (saved.get()?.bytes ?? 0) >= QUOTA * 0.6, 'the figures in the file', LOSS_MS);
  file.close();

  // As a kill would leave it; the control socket can't be copied.
  cpSync(folder.path, crashed.path, { recursive: true, filter: (name) => !name.endsWith('.sock') });
  await using next = new TestProxy({ dcPort: dc.port, users: USERS, dataDir: crashed.path });
  expect(used(next)).toBeGreaterThanOrEqual(QUOTA * 0.6);
  const after = await connect(next, 'ee');
  await expect(after.download(QUOTA * 0.6)).rejects.toThrow('the connection ended');
  client.close();
  await expectSettled(proxy);
  await expectSettled(next);
  dc.stop();
}, 10_000);
