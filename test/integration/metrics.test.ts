import { afterAll, beforeAll, expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { freePort } from '../support/free-port.ts';
import { signedHello } from '../support/hellos.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';

const WORDS = utf8('sixteen bytes...');
const USERS = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 5`;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function metricsOn(port: number): string {
  return `[metrics]\nenabled = true\nlisten = "127.0.0.1:${port}"`;
}

async function scrape(port: number): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('a session shows while it stands and after it has ended', async () => {
  const port = freePort();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: metricsOn(port), users: USERS });
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee'), dc: 2 });
  await client.echo(WORDS);
  const during = await scrape(port);
  expect(during.get('petrel_sessions_relaying{mode="tls"}')).toBe(1);
  expect(during.get('petrel_handshakes_total{mode="tls"}')).toBe(1);
  expect(during.get('petrel_user_connections{user="alice"}')).toBe(1);
  expect(during.get('petrel_user_connections_limit{user="alice"}')).toBe(5);
  expect(during.get('petrel_dc_sessions_total{dc="2"}')).toBe(1);
  expect(during.get('petrel_dc_dial_seconds_count{dc="2"}')).toBeGreaterThan(0);
  expect(during.get('petrel_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  expect(during.get('petrel_descriptors_open')).toBeGreaterThan(5);

  client.close();
  await expectSettled(proxy);
  const after = await scrape(port);
  const [user] = proxy.daemon.plane.roster.users;
  expect(after.get('petrel_sessions_relaying{mode="tls"}')).toBe(0);
  expect(after.get('petrel_sessions_total{outcome="served"}')).toBe(1);
  expect(after.get('petrel_user_sessions_total{user="alice"}')).toBe(1);
  for (const [direction, bytes, messages] of [
    ['uplink', user?.uplinkBytes, user?.uplinkMessages],
    ['downlink', user?.downlinkBytes, user?.downlinkMessages],
  ] as const) {
    expect(bytes).toBeGreaterThanOrEqual(WORDS.length);
    expect(messages).toBeGreaterThan(0);
    expect(after.get(`petrel_user_traffic_bytes_total{user="alice",direction="${direction}"}`)).toBe(bytes ?? -1);
    expect(after.get(`petrel_traffic_bytes_total{direction="${direction}"}`)).toBe(bytes ?? -1);
    expect(after.get(`petrel_user_messages_total{user="alice",direction="${direction}"}`)).toBe(messages ?? -1);
    expect(after.get(`petrel_messages_total{direction="${direction}"}`)).toBe(messages ?? -1);
  }
});

test('strangers show by reason, a replay as that', async () => {
  using site = new RawListener();
  const port = freePort();
  await using proxy = new TestProxy({ dcPort: dc.port, sitePort: site.port, toml: metricsOn(port) });
  const hello = signedHello();
  for (let round = 0; round < 2; round += 1) {
    await using peer = await RawPeer.connect(proxy.port);
    await peer.write(hello);
    await until(() => proxy.ledger.handshakes.tls + proxy.ledger.strangers.replay === round + 1, 'the hello was read');
  }
  const series = await scrape(port);
  expect(series.get('petrel_strangers_total{reason="replay"}')).toBe(1);
  expect(series.get('petrel_strangers_total{reason="wrong-secret"}')).toBe(0);
});

test('neither secrets nor addresses of clients are in them', async () => {
  const port = freePort();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: metricsOn(port), users: USERS });
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd') });
  await client.echo(WORDS);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toContain('alice');
  expect(text).not.toContain(USER_KEY);
  expect(text).not.toContain('127.0.0.1');
  client.close();
});

test('off is off, and after stop nobody answers', async () => {
  const port = freePort();
  const silent = new TestProxy({ toml: metricsOn(port).replace('true', 'false') });
  expect(await servesMetrics(port)).toBe(false);
  await silent.stop();
  const served = new TestProxy({ toml: metricsOn(port) });
  expect(await servesMetrics(port)).toBe(true);
  await served.stop();
  expect(await servesMetrics(port)).toBe(false);
});

/** Not whether anybody listens: a port that was free a moment ago may be another listener's by now. */
async function servesMetrics(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) });
    return (await answer.text()).includes('petrel_build_info');
  } catch {
    return false;
  }
}

test.concurrent('an address in use: one line with the key, and the proxy serves', async () => {
  using other = new RawListener();
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: `${USERS}\n${metricsOn(other.port)}` });
  await using petrel = await PetrelProcess.serving(folder);
  expect(petrel.logged('metrics')).toMatchObject([
    {
      level: 'warn',
      message: 'metrics cannot be served (metrics.listen): the proxy serves without them',
      address: `127.0.0.1:${other.port}`,
      reason: expect.stringMatching(
        new RegExp(
          `^port ${other.port} is taken by \\S+ \\(process ${process.pid}\\): choose another one \\(METRICS_PORT\\)$`,
        ),
      ),
    },
  ]);
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee') });
  expect(await client.echo(WORDS)).toEqual(WORDS);
  client.close();
});

test.concurrent('ENABLE_METRICS and METRICS_PORT turn them on', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: USERS });
  const port = freePort();
  folder.write('.env', `ENABLE_METRICS=true\nMETRICS_PORT=${port}\n`);
  await using petrel = await PetrelProcess.serving(folder);
  expect(petrel.logged('metrics are served')).toMatchObject([{ address: `http://127.0.0.1:${port}/metrics` }]);
  const series = await scrape(port);
  expect(series.get('petrel_users')).toBe(1);
  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
});

test.concurrent('bad values of them: exit 2 and their names', async () => {
  using folder = new PetrelFolder();
  folder.configure({ toml: USERS });
  folder.write('.env', 'ENABLE_METRICS=perhaps\nMETRICS_PORT=99999\n');
  const petrel = new PetrelProcess(folder);
  expect(await petrel.exited).toBe(2);
  expect(petrel.err).toMatch(/^ {2}\.env: ENABLE_METRICS: metrics\.enabled: expected .*; found "perhaps"$/m);
  expect(petrel.err).toMatch(/^ {2}\.env: METRICS_PORT: metrics\.listen: expected a port .*; found "99999"$/m);
});
