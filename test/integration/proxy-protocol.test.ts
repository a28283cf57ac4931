import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { concat, fromHex, utf8 } from '../../src/kit/bytes.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { helloRandom } from '../../src/wire/tls/client-hello.ts';
import { readServerFlight } from '../../src/wire/tls/server-flight.ts';
import { signedHello } from '../support/hellos.ts';
import { loopTurn } from '../support/loop-turn.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { expectSettled, type ProxySetup, secretOf, TestProxy } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const ENABLED = '[proxy_protocol]\nenabled = true';
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V1_TCP4 = utf8('PROXY TCP4 203.0.113.7 198.51.100.1 40001 443\r\n');
const V2_TCP4 = v2('21 11 000c  cb007107 c6336401 9c41 01bb');

interface Header {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The network that the session is counted for. */
  readonly network: string;
}

const HEADERS: readonly Header[] = [
  { name: 'v1 TCP4', bytes: V1_TCP4, network: '203.0.113.7' },
  { name: 'v1 TCP6', bytes: utf8('PROXY TCP6 2001:db8:1:2::7 ::1 40001 443\r\n'), network: '2001:db8:1:2::/64' },
  { name: 'v1 UNKNOWN', bytes: utf8('PROXY UNKNOWN\r\n'), network: '127.0.0.1' },
  { name: 'v1 UNKNOWN with words', bytes: utf8('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), network: '127.0.0.1' },
  { name: 'v2 TCP4', bytes: V2_TCP4, network: '203.0.113.7' },
  {
    name: 'v2 TCP6',
    bytes: v2('21 21 0024  20010db8000100020000000000000007 00000000000000000000000000000001 9c41 01bb'),
    network: '2001:db8:1:2::/64',
  },
  {
    name: 'v2 TCP4 with TLVs',
    bytes: v2('21 11 0013  cb007107 c6336401 9c41 01bb 04 0004 00000000'),
    network: '203.0.113.7',
  },
  { name: 'v2 LOCAL', bytes: v2('20 00 0000'), network: '127.0.0.1' },
  { name: 'v2 LOCAL with a body', bytes: v2('20 11 000c  cb007107 c6336401 9c41 01bb'), network: '127.0.0.1' },
  { name: 'v2 of a unix socket', bytes: v2(`21 31 00d8 ${'00'.repeat(216)}`), network: '127.0.0.1' },
];

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function start(setup: ProxySetup = {}): TestProxy {
  return new TestProxy({ dcPort: dc.port, toml: ENABLED, ...setup });
}

describe.each([...HEADERS])('$name', ({ bytes, network }) => {
  test.each<SecretKind>(['ee', 'dd'])('%s client: the address counts, the session works', async (kind) => {
    await using proxy = start();
    const options = { host: '127.0.0.1', port: proxy.port, secret: secretOf(kind), preface: bytes };
    const client = await SimulatedClient.connect(options);
    const sent = utf8('some bytes!!');
    expect(await client.echo(sent)).toEqual(sent);
    expect([...(proxy.daemon.plane.roster.users[0]?.networks.keys() ?? [])]).toEqual([network]);
    client.close();
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.served).toBe(1);
  });

  test('split at every byte', async () => {
    await using proxy = start();
    const hello = signedHello();
    const peer = await RawPeer.connect(proxy.port);
    for (const byte of bytes) {
      await peer.write(Uint8Array.of(byte));
      await loopTurn();
    }
    await expectFlight(peer, hello, hello);
  });
});

test.each([
  ['v1', V1_TCP4],
  ['v2', V2_TCP4],
])('%s: header and hello cut in two at every place', async (_name, header) => {
  await using proxy = start();
  for (let cut = 1; cut < header.length + 12; cut += 1) {
    const hello = signedHello();
    const both = concat(header, hello);
    const peer = await RawPeer.connect(proxy.port);
    await peer.write(both.subarray(0, cut));
    await loopTurn();
    await expectFlight(peer, hello, both.subarray(cut));
  }
  await expectSettled(proxy);
  expect(proxy.ledger.handshakes.tls).toBe(header.length + 11);
});

test('a stranger goes to the site without its header, and with ours when the site wants one', async () => {
  using site = new RecordingSite();
  const toml = `${ENABLED}\n[mask]\nhost = "127.0.0.1"\nport = ${site.port}\nproxy_protocol = 1`;
  await using proxy = start({ toml });
  const request = utf8('GET / HTTP/1.0\r\n\r\n');
  await using client = await RawPeer.connect(proxy.port);
  await client.write(concat(V2_TCP4, request));
  await site.visitor(concat(V1_TCP4, request)); // what the balancer told, both ends of it
});

test('limits by address are those of the address in the header', async () => {
  using site = new RecordingSite();
  const toml = `${ENABLED}\n[limits]\nmax_connections_per_ip = 1`;
  await using proxy = start({ toml, sitePort: site.port });
  const other = utf8('PROXY TCP4 203.0.113.8 198.51.100.1 40001 443\r\n');
  const peers: RawPeer[] = [];
  for (const header of [V1_TCP4, other]) {
    const hello = signedHello();
    const peer = await RawPeer.connect(proxy.port);
    peers.push(peer);
    await peer.write(concat(header, hello));
    await peer.until(({ received }) => received > 0, 'the flight');
  }
  const third = await RawPeer.connect(proxy.port);
  const hello = signedHello();
  await third.write(concat(V1_TCP4, hello));
  await site.visitor(hello);
  expect(proxy.ledger.strangers['address-connections']).toBe(1);
  for (const peer of [...peers, third]) peer.close();
});

describe('closed without a word', () => {
  test.each<[string, Uint8Array, string?]>([
    ['an untrusted peer', concat(V1_TCP4, signedHello()), `${ENABLED}\ntrusted = ["192.0.2.0/24", "::1/128"]`],
    ['no header at all', signedHello()],
    ['HTTP', utf8('GET / HTTP/1.0\r\n\r\n')],
    ['an unknown family', utf8('PROXY UDP4 203.0.113.7 198.51.100.1 1 2\r\n')],
    ['a bad address', utf8('PROXY TCP4 203.0.113.777 198.51.100.1 1 2\r\n')],
    ['a bad port', utf8('PROXY TCP4 203.0.113.7 198.51.100.1 1 65536\r\n')],
    ['a line feed alone', utf8('PROXY TCP4 203.0.113.7 198.51.100.1 1 2\n')],
    ['a line that never ends', utf8(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
    ['another version', v2('31 11 000c  cb007107 c6336401 9c41 01bb')],
    ['another command', v2('22 11 000c  cb007107 c6336401 9c41 01bb')],
    ['UDP', v2('21 12 000c  cb007107 c6336401 9c41 01bb')],
    ['addresses cut short', v2('21 11 0008  cb007107 c6336401')],
    ['a body that is too long', v2('21 11 ffff  cb007107 c6336401 9c41 01bb')],
    ['a damaged signature', fromHex('0d0a0d0a000d0a51554954ff')],
  ])('%s', async (_name, bytes, toml = ENABLED) => {
    using site = new RecordingSite();
    await using proxy = start({ sitePort: site.port, toml });
    const peer = await RawPeer.connect(proxy.port);
    await peer.write(bytes);
    await peer.end();
    expect(peer.received).toBe(0); // an untrusted peer is not even read: what it sent ends in a reset
    peer.close();
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes.untrusted).toBe(1);
    expect(site.hasHeard(bytes)).toBe(false);
  });

  test('half a header and nothing more, when the time is over', async () => {
    await using proxy = start({ toml: `${ENABLED}\n[limits]\nfirst_byte_timeout = "100ms"` });
    const peer = await RawPeer.connect(proxy.port);
    await peer.write(V1_TCP4.subarray(0, 20));
    await peer.end();
    expect(peer.seen).toEqual(['fin']);
    peer.close();
    await expectSettled(proxy);
  });
});

test('without proxy_protocol a header is what any stranger sends', async () => {
  using site = new RecordingSite();
  await using proxy = new TestProxy({ sitePort: site.port });
  await using client = await RawPeer.connect(proxy.port);
  await client.write(V1_TCP4);
  await site.visitor(V1_TCP4);
});

/** Sends the rest, waits for the flight, and leaves. */
async function expectFlight(peer: RawPeer, hello: Uint8Array, rest: Uint8Array): Promise<void> {
  await peer.write(rest);
  const reading = () => readServerFlight(peer.bytes, secretOf('ee').key, helloRandom(hello)).kind;
  await peer.until(() => reading() === 'match', 'the flight');
  peer.close();
}

function v2(rest: string): Uint8Array {
  return fromHex(SIGNATURE + rest.replaceAll(' ', ''));
}
