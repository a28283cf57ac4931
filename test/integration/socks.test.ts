import { expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { concat, utf8 } from '../../src/kit/bytes.ts';
import { expectSettled, secretOf, TestProxy, until } from '../support/proxy.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawDataCenter } from '../support/raw-data-center.ts';
import { SocksServer, type SocksSetup } from '../support/socks-server.ts';

const HELLO = utf8('hello');

function through(credentials: string, socks: SocksServer): string {
  return `[telegram]\npool_size = 0\nconnect_timeout = "1s"\nupstream = "socks5://${credentials}127.0.0.1:${socks.port}"`;
}

function connect(proxy: TestProxy): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee') });
}

test.each<[string, SocksSetup, string, string]>([
  ['without a password', {}, '', '00'],
  ['that wants no password from us, who have one', {}, 'ann:secret@', '0002'],
  ['with a password', { user: 'ann', password: 'p@ss:w/d' }, 'ann:p%40ss%3Aw%2Fd@', '0002'],
  ['that knows users without a password', { user: 'ann', password: '' }, 'ann@', '0002'],
  ['that answers byte by byte', { user: 'ann', password: 'secret', isHalting: true }, 'ann:secret@', '0002'],
])('sessions go through a SOCKS server %s', async (_name, setup, credentials, offer) => {
  using socks = new SocksServer(setup);
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: through(credentials, socks) });
  const client = await connect(proxy);
  expect(await client.echo(HELLO)).toEqual(HELLO);
  await client.download(1_000_000);
  client.close();
  await expectSettled(proxy);
  expect(new Set(socks.targets)).toEqual(new Set([`127.0.0.1:${dc.port}`]));
  expect(new Set(socks.offers)).toEqual(new Set([offer]));
  await dc.until(({ open }) => open === 0);
  dc.stop();
});

test.each<[string, SocksSetup, string, string]>([
  ['knows another password', { user: 'ann', password: 'other' }, 'ann:secret@', 'refused user or password'],
  ['wants a password that we have not', { user: 'ann', password: 'secret' }, '', 'another way of authentication'],
  ['has its target refused', { refusal: 5 }, '', "connection refused by the SOCKS server's target"],
  ['answers nothing', { isSilent: true }, '', 'did not answer in time'],
])(
  'a SOCKS server that %s makes the data centre unreachable, and says why',
  async (_name, setup, credentials, reason) => {
    using socks = new SocksServer(setup);
    await using proxy = new TestProxy({ toml: through(credentials, socks) });
    for (let i = 0; i < 2; i += 1) expect(await (await connect(proxy)).ended).toBe('closed');
    await expectSettled(proxy);
    expect(proxy.ledger.outcomes['dc-unreachable']).toBe(2);
    const told = proxy.logged('a data centre cannot be reached');
    expect(told).toHaveLength(1);
    expect(told[0]?.['reason']).toContain(reason);
    await until(() => socks.open === 0, 'the connections to it closed');
  },
);

test("bytes that stand right behind the reply are the data centre's first", async () => {
  using socks = new SocksServer({ glued: HELLO });
  using dc = new RawDataCenter();
  await using proxy = new TestProxy({ dcPort: dc.port, toml: `${through('', socks)}\nfast_mode = true` });
  await using client = await RawClient.open(proxy.port, 'ee');
  let wire = new Uint8Array(0) as Uint8Array;
  client.peer.onBytes = (chunk) => {
    wire = concat(wire, chunk);
  };
  const side = await dc.next();
  await until(() => wire.length >= 5 + HELLO.length, 'the first bytes');
  // In fast mode the downlink passes as it is, in a record.
  expect(wire.subarray(0, 5 + HELLO.length)).toEqual(concat(Uint8Array.of(0x17, 3, 3, 0, HELLO.length), HELLO));
  side.peer.close();
  client.peer.close();
  await expectSettled(proxy);
});
