import { expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { CLOSED_PORT, expectSettled, type ProxySetup, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { sessionTotals } from '../support/session-totals.ts';
import { SilentListener } from '../support/silent-listener.ts';

const HELLO = utf8('hello');
const POSITIVE = [1, 2, 3, 4, 5, 203, 10_001, 10_002, 10_003];
const UNKNOWN = [6, -6, 202, 9_999, 10_004, -10_004, 32_767, -32_768, 0];
/** How long a session may take from its header to the first answer when no address is slow. */
const QUICK_MS = 600;

/** No connections but those of sessions: none opened ahead, none to a fronted site. */
function telegram(more = ''): string {
  return `[telegram]\npool_size = 0\n${more}\n[mask]\nenabled = false`;
}

function connect(proxy: TestProxy, dc: number): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd'), dc });
}

/** One session that asks for a data centre, says hello and leaves. @returns how long it took */
async function visit(proxy: TestProxy, dc: number): Promise<number> {
  const start = performance.now();
  const client = await connect(proxy, dc);
  expect(await client.echo(HELLO)).toEqual(HELLO);
  client.close();
  return performance.now() - start;
}

/** A session that comes to nothing. */
async function visitInVain(proxy: TestProxy, dc: number): Promise<void> {
  const client = await connect(proxy, dc);
  expect(await client.ended).toBe('closed');
}

test('every id reaches its own data centre, a media id the one of its number', async () => {
  const centers = new Map(POSITIVE.map((id) => [id, SimulatedDataCenter.start()]));
  const dcs = Object.fromEntries([...centers].map(([id, dc]) => [id, `127.0.0.1:${dc.port}`]));
  await using proxy = new TestProxy({ dcs });
  for (const id of POSITIVE) {
    await visit(proxy, id);
    await visit(proxy, -id);
  }
  for (const [id, dc] of centers) {
    expect([...dc.counters.byDc].sort()).toEqual([[id, 1] as [number, number], [-id, 1] as [number, number]].sort());
    dc.stop();
  }
  await expectSettled(proxy);
});

test('a media id with an address of its own goes there', async () => {
  const [main, media] = [SimulatedDataCenter.start(), SimulatedDataCenter.start()];
  await using proxy = new TestProxy({ dcPort: main.port, dcs: { '-2': `127.0.0.1:${media.port}` } });
  for (const id of [2, -2, -3]) await visit(proxy, id);
  expect([...main.counters.byDc.keys()].sort()).toEqual([-3, 2]);
  expect([...media.counters.byDc.keys()]).toEqual([-2]);
  await expectSettled(proxy);
  main.stop();
  media.stop();
});

test('an unknown id is refused, counted, and told once; it never reaches another data centre', async () => {
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port });
  for (const id of [...UNKNOWN, ...UNKNOWN]) await visitInVain(proxy, id);
  await expectSettled(proxy);
  expect(proxy.ledger.unknownDcs).toBe(2 * UNKNOWN.length);
  expect(proxy.ledger.outcomes['unknown-dc']).toBe(2 * UNKNOWN.length);
  expect(sessionTotals(proxy.ledger.dataCenters).sessions).toBe(0);
  expect(dc.counters.byDc.size).toBe(0);
  expect(proxy.logged('a data centre we do not know').map((line) => line['dc'])).toEqual(UNKNOWN);
  dc.stop();
});

test('when the first address refuses, the next serves at once, and is remembered', async () => {
  const dc = SimulatedDataCenter.start();
  const dcs = { 203: [`127.0.0.1:${CLOSED_PORT}`, `127.0.0.1:${dc.port}`] };
  await using proxy = new TestProxy({ dcs });
  expect(await visit(proxy, 203)).toBeLessThan(QUICK_MS);
  expect(await visit(proxy, 203)).toBeLessThan(QUICK_MS);
  await expectSettled(proxy);
  expect(sessionTotals(proxy.ledger.dataCenters).sessionFailures).toBe(0);
  dc.stop();
});

test('when the first address is silent, the next serves within two seconds; after that at once', async () => {
  using silent = await SilentListener.start();
  const dc = SimulatedDataCenter.start();
  const dcs = { 203: [`127.0.0.1:${silent.port}`, `127.0.0.1:${dc.port}`] };
  await using proxy = new TestProxy({ dcs, toml: telegram() });
  const before = openDescriptors();
  const first = await visit(proxy, 203);
  expect(first).toBeGreaterThan(500); // so the silent one was tried
  expect(first).toBeLessThan(2_000);
  expect(await visit(proxy, 203)).toBeLessThan(QUICK_MS);
  await expectSettled(proxy);
  await expectDescriptors(before); // the silent attempt was given up too
  dc.stop();
});

test('what a client sends while its data centre is being dialled arrives', async () => {
  using silent = await SilentListener.start();
  using dc = new RawDataCenter();
  const dcs = { 203: [`127.0.0.1:${silent.port}`, `127.0.0.1:${dc.port}`] };
  await using proxy = new TestProxy({ dcs, toml: telegram() });
  for (const kind of ['dd', 'ee'] as const) {
    await using client = await RawClient.open(proxy.port, kind, { dc: 203 });
    const sent = systemRandom(200_000); // far more than is kept before the relay
    await client.send(sent);
    const side = await dc.next();
    await until(() => side.received === sent.length, 'everything');
    expect(Bun.deepEquals(side.bytes, sent)).toBe(true);
    client.peer.finish();
    expect(await side.peer.end()).toBe('fin');
    side.peer.close();
    expect(await client.peer.end()).toBe('fin');
  }
  await expectSettled(proxy);
});

test.each<[string, number, (client: RawClient) => void]>([
  ['sends FIN', 0, ({ peer }) => peer.finish()],
  ['sends FIN behind more than is kept before the relay', 100_000, ({ peer }) => peer.finish()],
  ['closes', 100, ({ peer }) => peer.close()],
  ['resets', 100_000, ({ peer }) => peer.reset()],
])('a client that %s while its data centre is dialled gives its place back at once', async (_name, bytes, leave) => {
  using silent = await SilentListener.start();
  await using proxy = new TestProxy({
    dcs: { 203: `127.0.0.1:${silent.port}` },
    toml: telegram('connect_timeout = "60s"'),
    users: `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 2`,
  });
  const before = openDescriptors();
  for (const kind of ['dd', 'ee', 'dd', 'ee', 'dd'] as const) {
    const client = await RawClient.open(proxy.port, kind, { dc: 203 });
    await client.send(systemRandom(bytes));
    await until(() => [...proxy.daemon.plane.sessions.all].some(({ dc }) => dc === 203), 'the dialling');
    leave(client);
    await expectSettled(proxy);
    client.peer.close();
  }
  expect(proxy.ledger.outcomes.left).toBe(5);
  await expectDescriptors(before);
});

test('when every address is dead, clients are closed and it is told once, the recovery too', async () => {
  const parked = SimulatedDataCenter.start();
  const { port } = parked;
  parked.stop();
  const dcs = { 203: [`127.0.0.1:${CLOSED_PORT}`, `127.0.0.1:${port}`] };
  await using proxy = new TestProxy({ dcs, toml: telegram() });
  const failures = () => proxy.logged('a data centre cannot be reached').filter((line) => line['dc'] === 203);
  const recoveries = () => proxy.logged('a data centre can be reached again');
  for (let i = 0; i < 3; i += 1) await visitInVain(proxy, 203);
  expect(failures()).toHaveLength(1);
  const dc = SimulatedDataCenter.start({ port });
  await visit(proxy, 203);
  await visit(proxy, 203);
  await expectSettled(proxy);
  expect(recoveries()).toHaveLength(1);
  dc.stop();
  for (let i = 0; i < 3; i += 1) await visitInVain(proxy, 203); // within the same minute it is not told again
  expect(failures()).toHaveLength(1);
  expect(recoveries()).toHaveLength(1);
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes['dc-unreachable']).toBe(6);
  expect(sessionTotals(proxy.ledger.dataCenters).sessionFailures).toBe(6);
});

test.each<[string, (silentPort: number) => ProxySetup]>([
  ['a data centre', (port) => ({ dcs: { 203: `127.0.0.1:${port}` }, toml: telegram('connect_timeout = "1s"') })],
  [
    'a SOCKS proxy',
    (port) => ({ dcs: {}, toml: telegram(`connect_timeout = "1s"\nupstream = "socks5://127.0.0.1:${port}"`) }),
  ],
])('%s that answers no SYN costs the connect timeout, and no descriptor', async (_name, setup) => {
  using silent = await SilentListener.start();
  await using proxy = new TestProxy(setup(silent.port));
  const before = openDescriptors();
  const start = performance.now();
  await visitInVain(proxy, 203);
  expect(performance.now() - start).toBeGreaterThanOrEqual(995);
  expect(performance.now() - start).toBeLessThan(2_000);
  await expectSettled(proxy);
  await expectDescriptors(before);
  expect(proxy.ledger.outcomes['dc-unreachable']).toBe(1);
});
