import { afterEach, beforeEach, expect, mock, spyOn, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { SilentListener } from '../support/silent-listener.ts';
import { SocksServer } from '../support/socks-server.ts';

const NAME = 'named.example.org';
const HELLO = utf8('hello');
const OTHER_KEY = '00112233445566778899aabbccddeeff';
/** Well above the 250 ms that a dead address has for itself, well below the limit of a dial. */
const SOON_MS = 2_500;

/** The name has a dead address, which answers no SYN, and behind it a good one. */
beforeEach(() => {
  spyOn(Bun.dns, 'lookup').mockImplementation(async (name) => {
    if (name !== NAME) throw new Error(`unexpected look-up of ${name}`);
    return [
      { address: '127.0.0.1', family: 4, ttl: 0 },
      { address: '::1', family: 6, ttl: 0 },
    ];
  });
});
afterEach(() => void mock.restore());

async function timed(step: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

async function visit(proxy: TestProxy, dc: number): Promise<void> {
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd'), dc });
  expect(await client.echo(HELLO)).toEqual(HELLO);
  client.close();
}

test('strangers reach a site whose first address is dead', async () => {
  using silent = await SilentListener.start();
  const leaveToo = (peer: RawPeer) => {
    peer.onFin = () => peer.close();
  };
  using site = new RecordingSite({ hostname: '::1', port: silent.port }, leaveToo);
  const before = openDescriptors();
  {
    await using proxy = new TestProxy({ toml: `[mask]\nhost = "${NAME}"\nport = ${silent.port}` });
    const times: number[] = [];
    for (let i = 0; i < 2; i += 1) {
      const hello = signedHello({ key: OTHER_KEY });
      await using client = await RawPeer.connect(proxy.port);
      const start = performance.now();
      await client.write(hello);
      const visitor = await site.visitor(hello);
      times.push(performance.now() - start);
      await visitor.write(HELLO);
      await client.until(({ received }) => received === HELLO.length, 'the answer');
      visitor.close();
    }
    for (const time of times) expect(time).toBeLessThan(SOON_MS);
    await expectSettled(proxy);
  }
  await expectDescriptors(before);
});

test('a site whose first address is dead is asked how it answers', async () => {
  using silent = await SilentListener.start();
  using site = new RecordingSite({ hostname: '::1', port: silent.port });
  await using _ = new TestProxy({ toml: `[mask]\nhost = "${NAME}"\nport = ${silent.port}`, asksSites: true });
  expect(await timed(() => until(() => site.count > 0, 'a question at the site'))).toBeLessThan(SOON_MS);
});

test('a data centre by name is reached past its dead address', async () => {
  using silent = await SilentListener.start();
  const dc = SimulatedDataCenter.start({ hostname: '::1', port: silent.port });
  await using proxy = new TestProxy({ dcs: { 203: `${NAME}:${silent.port}` }, toml: '[telegram]\npool_size = 0' });
  for (let i = 0; i < 3; i += 1) expect(await timed(() => visit(proxy, 203))).toBeLessThan(SOON_MS);
  await expectSettled(proxy);
  dc.stop();
});

test('of a data centre by name the address that accepts and closes is left after two sessions', async () => {
  const closing = SimulatedDataCenter.start({ faults: { closeOnAccept: true } });
  const dc = SimulatedDataCenter.start({ hostname: '::1', port: closing.port });
  await using proxy = new TestProxy({ dcs: { 203: `${NAME}:${closing.port}` }, toml: '[telegram]\npool_size = 0' });
  for (let i = 0; i < 2; i += 1) await expect(visit(proxy, 203)).rejects.toThrow();
  await until(() => proxy.ledger.outcomes.unanswered === 2, 'both judged');
  for (let i = 0; i < 3; i += 1) await visit(proxy, 203);
  expect(proxy.daemon.snapshot().failing).toMatchObject({ 203: [{ address: `127.0.0.1:${closing.port}` }] });
  await expectSettled(proxy);
  closing.stop();
  dc.stop();
});

test('sessions go through a SOCKS proxy by name, past its dead address', async () => {
  using silent = await SilentListener.start();
  using socks = new SocksServer({ place: { hostname: '::1', port: silent.port } });
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({
    dcPort: dc.port,
    toml: `[telegram]\npool_size = 0\nupstream = "socks5://${NAME}:${silent.port}"`,
  });
  for (let i = 0; i < 3; i += 1) expect(await timed(() => visit(proxy, 203))).toBeLessThan(SOON_MS);
  expect(socks.targets).toContain(`127.0.0.1:${dc.port}`);
  await expectSettled(proxy);
  dc.stop();
});

test.each<[string, () => Promise<never>]>([
  ['rejects', () => Promise.reject(new Error('no such name'))],
  [
    'throws',
    () => {
      throw new Error('no such name');
    },
  ],
  ['answers nothing', () => new Promise<never>(() => {})],
])('where the resolver %s, sessions end and are told', async (_name, resolve) => {
  spyOn(Bun.dns, 'lookup').mockImplementation(resolve);
  await using proxy = new TestProxy({
    dcs: { 203: `${NAME}:443` },
    toml: '[telegram]\npool_size = 2\nconnect_timeout = "300ms"',
  });
  for (let i = 0; i < 3; i += 1) await expect(visit(proxy, 203)).rejects.toThrow();
  await until(() => proxy.ledger.outcomes['dc-unreachable'] === 3, 'three ended');
  await expectSettled(proxy);
  expect(proxy.logged('a data centre cannot be reached')).toHaveLength(1);
});
