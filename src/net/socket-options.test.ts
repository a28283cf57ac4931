import { expect, test } from 'bun:test';
import { ConnSource } from '../../test/support/conn-source.ts';
import { getIntOption } from './libc.ts';
import {
  bufferSizes,
  heldBytes,
  queuedBytes,
  setBufferSizes,
  setConnectionOptions,
  socketOptionsAvailable,
} from './socket-options.ts';

const IPPROTO_TCP = 6;
const SOL_SOCKET = 1;

test('options reach the socket', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  expect(socketOptionsAvailable).toBe(true);
  setConnectionOptions(conn.fd);
  const read = [
    ['no delay', IPPROTO_TCP, 1],
    ['seconds between probes', IPPROTO_TCP, 5],
    ['milliseconds unacknowledged', IPPROTO_TCP, 18],
    ['keep-alive', SOL_SOCKET, 9],
  ] as const;
  expect(Object.fromEntries(read.map(([name, level, option]) => [name, getIntOption(conn.fd, level, option)]))).toEqual(
    {
      'no delay': 1,
      'seconds between probes': 10,
      'milliseconds unacknowledged': 110_000,
      'keep-alive': 1,
    },
  );
  peer.close();
  conn.close();
});

test('no session hangs on one keep-alive probe, and they do not probe all at once', async () => {
  using source = new ConnSource();
  const seen = new Set<number>();
  for (let connection = 0; connection < 50; connection += 1) {
    const { conn, peer } = await source.next();
    const [idle = 0, interval = 0, limitMs = 0] = [4, 5, 18].map(
      (option) => getIntOption(conn.fd, IPPROTO_TCP, option) ?? 0,
    );
    // With a user timeout the kernel looks at nothing else: at the first time to probe after it, it gives up.
    expect(limitMs / 1_000).toBeGreaterThan(idle + 3 * interval);
    seen.add(idle);
    peer.close();
    conn.close();
  }
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(40);
  expect(seen.size).toBeGreaterThan(10);
});

test('buffer sizes are set one by one; 0 leaves what is there', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  const own = bufferSizes(conn.fd);
  setBufferSizes(conn.fd, { receive: 0, send: 0 });
  expect(bufferSizes(conn.fd)).toEqual(own);
  setBufferSizes(conn.fd, { receive: 8_192, send: 0 });
  expect(bufferSizes(conn.fd)).toEqual({ receive: 16_384, send: own?.send ?? 0 });
  setBufferSizes(conn.fd, { receive: 0, send: 65_536 });
  expect(bufferSizes(conn.fd)).toEqual({ receive: 16_384, send: 131_072 });
  peer.close();
  conn.close();
});

test('no ceiling of the window is left from a smaller receive buffer', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  const ceiling = () => getIntOption(conn.fd, IPPROTO_TCP, 10) ?? 0;
  const own = ceiling();
  setBufferSizes(conn.fd, { receive: 0, send: 65_536 });
  expect(ceiling()).toBe(own);
  setBufferSizes(conn.fd, { receive: 262_144, send: 0 });
  expect(ceiling()).toBeGreaterThan(16 * 1024 * 1024);
  peer.close();
  conn.close();
});

test('what waits to be sent is counted', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  expect(queuedBytes(conn.fd)).toEqual({ receive: 0, send: 0 });
  peer.pause();
  const chunk = new Uint8Array(65_536);
  while (conn.write(chunk) > 0); // until the kernel takes no more
  expect(queuedBytes(conn.fd).send).toBeGreaterThan(0);
  expect(heldBytes(conn.fd)).toBeGreaterThanOrEqual(queuedBytes(conn.fd).send);
  conn.reset();
  peer.close();
});

test('a descriptor that is no socket gives null, and nothing breaks', () => {
  const noDescriptor = 1_000_000;
  setConnectionOptions(noDescriptor);
  setBufferSizes(noDescriptor, { receive: 1, send: 1 });
  expect(bufferSizes(noDescriptor)).toBeNull();
  expect(queuedBytes(noDescriptor)).toEqual({ receive: 0, send: 0 });
  expect(heldBytes(noDescriptor)).toBe(0);
});
