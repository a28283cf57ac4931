import { afterAll, beforeEach, describe, expect, spyOn, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, hex, utf8 } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { CLOSED_PORT, DOMAIN, expectSettled, type ProxySetup, TestProxy, until } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const OTHER_KEY = '00112233445566778899aabbccddeeff';
const ANSWER = utf8('whatever the site says');
const SECOND_DOMAIN = 'second.example.org';

const folder = mkdtempSync(join(tmpdir(), 'petrel-mask-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SOCKET_PATH = join(folder, 'site.sock');

test('with masking off everything is read and discarded, nothing answered', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ toml: `[mask]\nenabled = false\nport = ${site.port}` });
  const client = await RawPeer.connect(proxy.port);
  const hello = signedHello({ key: OTHER_KEY });
  await client.write(hello);
  await client.write(systemRandom(8_000_000)); // more than any buffer on the way holds
  expect(client.seen).toEqual([]);
  client.finish();
  expect(await client.end()).toBe('fin');
  expect(client.seen).toEqual(['fin']);
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes.discarded).toBe(1);
  expect(site.hasHeard(hello)).toBe(false);
});

test('with masking off a hello that stalls is not closed either', async () => {
  await using proxy = new TestProxy({
    toml: '[mask]\nenabled = false\n[limits]\nhandshake_timeout = "100ms"',
  });
  await using client = await RawPeer.connect(proxy.port);
  await client.write(signedHello().subarray(0, 100));
  await until(() => proxy.ledger.strangers.truncated === 1, 'the time limit');
  await client.write(systemRandom(8_000_000));
  expect(client.seen).toEqual([]);
  expect(proxy.ledger.open).toBe(1);
});

test('an unreachable site is a plain close, and is told once', async () => {
  await using proxy = new TestProxy({ sitePort: CLOSED_PORT });
  for (const opening of [signedHello({ key: OTHER_KEY }), systemRandom(100)]) {
    const client = await RawPeer.connect(proxy.port);
    await client.write(opening);
    expect(await client.end()).toBe('fin');
    expect(client.seen).toEqual(['fin']);
    client.close();
  }
  await expectSettled(proxy);
  expect(proxy.ledger.outcomes['site-unreachable']).toBe(2);
  expect(proxy.logged('strangers see a closed connection')).toHaveLength(1);
});

test('unknown_sni = "reset" resets whoever asks for another name, and nobody else', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({
    sitePort: site.port,
    toml: `[tls]\ndomain = "${DOMAIN}"\nunknown_sni = "reset"`,
  });
  const client = await RawPeer.connect(proxy.port);
  const hello = signedHello({ domain: 'other.example.org' });
  await client.write(hello);
  await client.end();
  expect(client.seen).toEqual(['reset']);
  await expectSettled(proxy);
  expect(site.hasHeard(hello)).toBe(false);

  await using wrong = await RawPeer.connect(proxy.port);
  const unsigned = signedHello({ key: OTHER_KEY });
  await wrong.write(unsigned);
  await site.visitor(unsigned);
  expect(proxy.ledger.outcomes['unknown-sni']).toBe(1);
});

test('the site may be a unix socket', async () => {
  using site = new RecordingSite({ unix: SOCKET_PATH });
  await using proxy = new TestProxy({ toml: `[mask]\nhost = "unix:${SOCKET_PATH}"` });
  const hello = signedHello({ key: OTHER_KEY });
  const client = await RawPeer.connect(proxy.port);
  await client.write(hello);
  const visitor = await site.visitor(hello);
  await visitor.write(ANSWER);
  visitor.finish();
  expect(await client.end()).toBe('fin');
  expect(client.bytes).toEqual(ANSWER);
  client.finish();
  expect(await visitor.end()).toBe('fin');
  await expectSettled(proxy);
});

describe('the PROXY header sent to the site', () => {
  const portHex = (port: number) => port.toString(16).padStart(4, '0');
  const expected = {
    1: (from: number, to: number) => hex(utf8(`PROXY TCP4 127.0.0.1 127.0.0.1 ${from} ${to}\r\n`)),
    2: (from: number, to: number) =>
      `0d0a0d0a000d0a515549540a 21 11 000c 7f000001 7f000001 ${portHex(from)} ${portHex(to)}`.replaceAll(' ', ''),
  };

  test.each([1, 2] as const)('version %p comes before everything else', async (version) => {
    using site = new RecordingSite();
    const toml = `[mask]\nhost = "127.0.0.1"\nport = ${site.port}\nproxy_protocol = ${version}`;
    await using proxy = new TestProxy({ toml });
    const hello = signedHello({ key: OTHER_KEY });
    await using client = await RawPeer.connect(proxy.port);
    await client.write(hello);
    const wanted = expected[version](client.localPort, proxy.port) + hex(hello);
    const visitor = await site.visitor(fromHex(wanted));
    await client.write(ANSWER); // what follows gets no second header
    await visitor.until(({ received }) => received >= wanted.length / 2 + ANSWER.length, 'what follows');
    expect(hex(visitor.bytes)).toBe(wanted + hex(ANSWER));
  });
});

describe('without mask.host', () => {
  const lookup = spyOn(Bun.dns, 'lookup');
  const addresses: Record<string, string> = { [DOMAIN]: '127.0.0.1', [SECOND_DOMAIN]: '127.0.0.2' };
  beforeEach(() => {
    lookup.mockImplementation(async (name) => [{ address: addresses[name] ?? '', family: 4, ttl: 0 }]);
  });
  afterAll(() => lookup.mockRestore());

  test.each([
    { name: 'the first domain', hello: () => signedHello({ key: OTHER_KEY }), address: '127.0.0.1' },
    {
      name: 'the second domain',
      hello: () => signedHello({ key: OTHER_KEY, domain: SECOND_DOMAIN }),
      address: '127.0.0.2',
    },
    { name: 'an unknown domain', hello: () => signedHello({ domain: 'other.example.org' }), address: '127.0.0.1' },
    { name: 'no domain', hello: () => signedHello({ key: OTHER_KEY, withoutServerName: true }), address: '127.0.0.1' },
    { name: 'HTTP', hello: () => utf8('GET / HTTP/1.0\r\n\r\n'), address: '127.0.0.1' },
  ])('a stranger that asks for $name is taken to $address', async ({ hello, address }) => {
    using first = new RecordingSite();
    using second = new RecordingSite({ hostname: '127.0.0.2', port: first.port });
    const toml = `[tls]\ndomain = ["${DOMAIN}", "${SECOND_DOMAIN}"]\n[mask]\nport = ${first.port}`;
    await using proxy = new TestProxy({ toml });
    const [wanted, other] = address === '127.0.0.1' ? [first, second] : [second, first];
    const bytes = hello();
    await using client = await RawPeer.connect(proxy.port);
    await client.write(bytes);
    await wanted.visitor(bytes);
    expect(other.hasHeard(bytes)).toBe(false);
  });

  test('a name that leads to no address is a plain close', async () => {
    lookup.mockImplementation(() =>
      Promise.reject(Object.assign(new Error('no such name'), { code: 'DNS_ENOTFOUND' })),
    );
    await using proxy = new TestProxy({ toml: '[mask]\nport = 1' });
    const client = await RawPeer.connect(proxy.port);
    await client.write(signedHello({ key: OTHER_KEY }));
    await client.end();
    expect(client.seen).toEqual(['fin']);
    expect(proxy.logged('strangers see a closed connection')).toMatchObject([{ reason: 'DNS_ENOTFOUND' }]);
  });
});

describe('a site that leads back to the proxy is refused', () => {
  const masked = (host: string, port: number): ProxySetup => ({ toml: `[mask]\nhost = "${host}"\nport = ${port}` });

  test.each([
    { listen: ['127.0.0.1'], host: '127.0.0.1' },
    { listen: ['0.0.0.0'], host: '127.0.0.1' },
    { listen: ['0.0.0.0'], host: '127.0.0.2' }, // the whole of 127/8 is this machine
    { listen: ['0.0.0.0'], host: '0.0.0.0' },
    { listen: ['::1'], host: '::1' },
    { listen: ['::'], host: '::1' },
  ])('listening on $listen, mask.host $host', async ({ listen, host }) => {
    await using proxy = new TestProxy({ listen });
    proxy.reload(masked(host, proxy.port));
    await expectRefusal(proxy, await RawPeer.connect(proxy.port, listen[0]?.includes(':') ? '::1' : '127.0.0.1'));
  });

  test('the same unix socket', async () => {
    const path = join(folder, 'petrel.sock');
    await using proxy = new TestProxy({ listen: ['127.0.0.1', `unix:${path}`] });
    proxy.reload(masked(`unix:${path}`, 443));
    await expectRefusal(proxy, await RawPeer.connect(proxy.port));
  });

  test('but the same port on another address of this machine is a site like any other', async () => {
    await using proxy = new TestProxy();
    using site = new RecordingSite({ hostname: '127.0.0.2', port: proxy.port });
    proxy.reload(masked('127.0.0.2', proxy.port));
    await using client = await RawPeer.connect(proxy.port);
    const hello = signedHello({ key: OTHER_KEY });
    await client.write(hello);
    await site.visitor(hello);
  });

  async function expectRefusal(proxy: TestProxy, client: RawPeer): Promise<void> {
    await client.write(signedHello({ key: OTHER_KEY }));
    await client.end();
    expect(client.seen).toEqual(['fin']);
    client.close();
    await expectSettled(proxy);
    expect(proxy.logged('strangers see a closed connection')).toMatchObject([
      { level: 'warn', times: 1, reason: expect.stringContaining('leads back to this proxy: mask.host') },
    ]);
    expect(proxy.ledger.accepted).toBeLessThanOrEqual(2); // the stranger, and at most one look at the target
  }
});
