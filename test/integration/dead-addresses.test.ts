import { afterEach, expect, mock, spyOn, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import type { Fault } from '../../src/telegram/standing.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';

const HELLO = utf8('hello');
/** How long a client waits for its first answer before it gives up and comes back. */
const PATIENCE_MS = 1_600;
/** Not looked at when the proxy starts. */
const DC = 203;
const FAILING = 'an address of a data centre takes connections but does not answer';
const WORKS = 'an address of a data centre answers again';

afterEach(() => void mock.restore());

/** An address that takes connections and is of no use. */
function deadAddress(behave: (peer: RawPeer) => void): RawListener {
  return new RawListener((peer) => {
    peer.onFin = () => peer.close();
    behave(peer);
  });
}

function proxyTo(addresses: readonly { readonly port: number }[], poolSize: number): TestProxy {
  return new TestProxy({
    dcs: { [DC]: addresses.map(({ port }) => `127.0.0.1:${port}`) },
    toml: `[telegram]\npool_size = ${poolSize}\n[mask]\nenabled = false`,
  });
}

/** One client that says hello. @returns whether it was answered */
async function visit(proxy: TestProxy, dc = DC): Promise<boolean> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd'), dc });
  const gaveUp = Promise.withResolvers<false>();
  const timer = setTimeout(() => gaveUp.resolve(false), PATIENCE_MS);
  const answered = client.echo(HELLO).then(
    (bytes) => Bun.deepEquals(bytes, HELLO),
    () => false,
  );
  const isServed = await Promise.race([answered, gaveUp.promise]);
  clearTimeout(timer);
  client.close();
  return isServed;
}

async function visits(proxy: TestProxy, count: number): Promise<boolean[]> {
  const served: boolean[] = [];
  for (let i = 0; i < count; i += 1) served.push(await visit(proxy));
  return served;
}

const BEHAVIOURS: [string, (peer: RawPeer) => void, Fault][] = [
  ['is silent', () => {}, 'silent'],
  ['is silent, and takes no notice of a FIN either', (peer) => Object.assign(peer, { onFin: null }), 'silent'],
  ['closes at once', (peer) => peer.close(), 'closed'],
  ['resets at once', (peer) => peer.reset(), 'closed'],
  ['resets at the first byte', (peer) => Object.assign(peer, { onBytes: () => peer.reset() }), 'closed'],
];
const CASES = BEHAVIOURS.flatMap(([name, behave, fault]) =>
  [0, 16].map((poolSize) => ({ name, behave, fault, poolSize })),
);

test.concurrent.each(CASES)(
  'a first address that accepts and $name costs two sessions, with $poolSize ahead',
  async ({ behave, fault, poolSize }) => {
    using dead = deadAddress(behave);
    const good = SimulatedDataCenter.start();
    await using proxy = proxyTo([dead, good], poolSize);
    expect(await visits(proxy, 8)).toEqual([false, false, true, true, true, true, true, true]);
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes).toMatchObject({ unanswered: 2, served: 6 });
    expect(proxy.ledger.dataCenters[DC]?.sessionsUnanswered).toBe(2);
    const address = `127.0.0.1:${dead.port}`;
    expect(proxy.logged(FAILING)).toMatchObject([{ level: 'warn', dc: DC, address }]);
    expect(proxy.daemon.snapshot().failing).toEqual({ [DC]: [{ address, fault }] });
    good.stop();
  },
);

test.concurrent('the media id of a data centre learns from the other', async () => {
  using dead = deadAddress((peer) => peer.close());
  const good = SimulatedDataCenter.start();
  await using proxy = proxyTo([dead, good], 0);
  expect([await visit(proxy, DC), await visit(proxy, -DC), await visit(proxy, DC), await visit(proxy, -DC)]).toEqual([
    false,
    false,
    true,
    true,
  ]);
  good.stop();
});

test('an address that dies later is left, looked at again, and comes back', async () => {
  const [first, second] = [SimulatedDataCenter.start(), SimulatedDataCenter.start()];
  void first.serverKey; // made now: it takes a while
  await using proxy = proxyTo([first, second], 4);
  expect(await visits(proxy, 3)).toEqual([true, true, true]);
  expect(second.counters.accepted).toBe(0);

  first.faults = { silent: true };
  const served = await visits(proxy, 4);
  expect(served.filter((isServed) => !isServed).length).toBeLessThanOrEqual(2); // connections ahead included
  expect(served.slice(2)).toEqual([true, true]);
  expect(proxy.logged(FAILING)).toHaveLength(1);

  first.faults = {};
  const now = performance.now.bind(performance);
  spyOn(performance, 'now').mockImplementation(() => now() + 16_000);
  expect(await visit(proxy)).toBe(true); // and the first is asked beside it
  await until(() => proxy.logged(WORKS).length === 1, 'the first address works');
  expect(proxy.daemon.snapshot().failing).toEqual({});
  mock.restore();

  second.faults = { closeOnAccept: true };
  second.resetConnections();
  expect((await visits(proxy, 4)).slice(2)).toEqual([true, true]);
  first.stop();
  second.stop();
});

test('when all addresses are silent, the first that answers again serves', async () => {
  const [first, second] = [SimulatedDataCenter.start(), SimulatedDataCenter.start()];
  for (const dc of [first, second]) dc.faults = { closeOnAccept: true };
  await using proxy = proxyTo([first, second], 0);
  expect((await visits(proxy, 6)).some(Boolean)).toBe(false);
  expect(proxy.daemon.snapshot().failing[DC]).toHaveLength(2);
  second.faults = {};
  const served = await visits(proxy, 4);
  expect(served.slice(1)).toEqual([true, true, true]);
  expect(proxy.daemon.snapshot().failing[DC]).toHaveLength(1);
  first.stop();
  second.stop();
});

test.each<[string, (peer: RawPeer) => void]>([
  ['closes', (peer) => peer.close()],
  ['resets', (peer) => peer.reset()],
  ['speaks garbage and closes', (peer) => void peer.write(utf8('garbage')).then(() => peer.close())],
  ['speaks garbage', (peer) => void peer.write(utf8('garbage'))],
])('a data centre that %s at once costs about one connection a client', async (_name, behave) => {
  using dead = deadAddress(behave);
  await using proxy = proxyTo([dead], 16);
  for (let i = 0; i < 40; i += 1) {
    await using client = await RawClient.open(proxy.port, 'dd', { dc: DC });
    await client.send(HELLO);
    await client.peer.until(({ hasFin, hasReset, received }) => hasFin || hasReset || received > 0, 'an end or bytes');
  }
  await expectSettled(proxy);
  expect(dead.peers.length).toBeGreaterThanOrEqual(40);
  expect(dead.peers.length).toBeLessThanOrEqual(50);
  expect(proxy.logged(FAILING)).toHaveLength(1);
  expect(proxy.logged('can be reached again')).toEqual([]);
  if (_name === 'closes') expect(proxy.ledger.outcomes).toMatchObject({ unanswered: 40, served: 0 });
});

test('one that speaks before it is asked is left at once', async () => {
  using foreign = deadAddress((peer) => void peer.write(utf8('garbage')));
  const good = SimulatedDataCenter.start();
  await using proxy = proxyTo([foreign, good], 4);
  await visit(proxy);
  await until(() => proxy.logged(FAILING).length === 1, 'it is told');
  expect(await visits(proxy, 4)).toEqual([true, true, true, true]);
  expect(proxy.daemon.snapshot().failing[DC]).toMatchObject([{ fault: 'foreign' }]);
  good.stop();
});

test('phones that only hold their connections open blame nobody', async () => {
  using quiet = deadAddress(() => {});
  const good = SimulatedDataCenter.start();
  await using proxy = proxyTo([quiet, good], 0);
  for (let i = 0; i < 4; i += 1) {
    const client = await RawClient.open(proxy.port, 'ee', { dc: DC });
    await until(() => proxy.ledger.relaying === 1, 'the relay');
    client.peer.close();
    await expectSettled(proxy);
  }
  expect(proxy.daemon.snapshot().failing).toEqual({});
  expect(proxy.ledger.outcomes.unanswered).toBe(0);
  good.stop();
});
