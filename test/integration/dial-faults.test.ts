import { afterEach, expect, mock, spyOn, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import * as socks5 from '../../src/wire/socks5.ts';
import { expectDescriptors, openDescriptors } from '../support/descriptors.ts';
import { expectSettled, secretOf, TestProxy, USER_KEY } from '../support/proxy.ts';
import { SocksServer } from '../support/socks-server.ts';

const HELLO = utf8('hello');
const TRIES = 10;
const fault = new Error('a fault');

afterEach(() => void mock.restore());

function connect(proxy: TestProxy): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd'), dc: 203 });
}

/** The proxy connects by descriptors, clients by host names. */
function failConnecting(fail: () => Promise<never>): void {
  const connect = Bun.connect;
  const failing = (options: object) => ('fd' in options ? fail() : connect(options as Parameters<typeof connect>[0]));
  spyOn(Bun, 'connect').mockImplementation(failing as typeof connect);
}

/** What goes wrong somewhere in a dial, and what is told of it. Undone by the end of the test. */
const FAULTS: [string, string, (proxy: TestProxy) => void][] = [
  [
    'dialling throws',
    'a session failed by a fault of ours',
    ({ daemon }) =>
      void spyOn(daemon.plane.dialer, 'dial').mockImplementation(() => {
        throw fault;
      }),
  ],
  [
    'dialling rejects',
    'a session failed by a fault of ours',
    ({ daemon }) =>
      void spyOn(daemon.plane.dialer, 'dial').mockImplementation(() => ({
        result: Promise.reject(fault),
        cancel: () => {},
      })),
  ],
  ['connecting rejects', 'a data centre cannot be reached', () => failConnecting(() => Promise.reject(fault))],
  [
    'connecting throws',
    'a data centre cannot be reached',
    () =>
      failConnecting(() => {
        throw fault;
      }),
  ],
  [
    'a request to the SOCKS proxy cannot be written',
    'a data centre cannot be reached',
    () =>
      void spyOn(socks5, 'connectRequest').mockImplementation(() => {
        throw fault;
      }),
  ],
];

test.each(FAULTS)("when %s, a user's places come back", async (_name, told, spoil) => {
  using socks = new SocksServer();
  const dc = SimulatedDataCenter.start();
  await using proxy = new TestProxy({
    dcPort: dc.port,
    toml: `[telegram]\npool_size = 2\nupstream = "socks5://127.0.0.1:${socks.port}"\n[mask]\nenabled = false`,
    users: `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 3`,
  });
  const before = openDescriptors();
  spoil(proxy);
  for (let i = 0; i < TRIES; i += 1) await (await connect(proxy)).ended;
  await expectSettled(proxy);
  expect(proxy.logged(told).length).toBeGreaterThan(0);
  await expectDescriptors(before);
  mock.restore();
  const client = await connect(proxy);
  expect(await client.echo(HELLO)).toEqual(HELLO);
  client.close();
  await expectSettled(proxy);
  dc.stop();
});
