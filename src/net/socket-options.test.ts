import { expect, test } from 'bun:test';
import { ConnSource } from '../../test/support/conn-source.ts';
import { getIntOption } from './libc.ts';
import {
  bufferSizes,
  heldBytes,
  keepAlive,
  queuedBytes,
  setBufferSizes,
  setConnectionOptions,
  socketOptionsAvailable,
} from './socket-options.ts';

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_USER_TIMEOUT = 18;
const SOL_SOCKET = 1;
const SO_KEEPALIVE = 9;

test('options reach the socket', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  expect(socketOptionsAvailable).toBe(true);
  setConnectionOptions(conn.fd);
  expect(getIntOption(conn.fd, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
  keepAlive(conn.fd);
  expect(getIntOption(conn.fd, SOL_SOCKET, SO_KEEPALIVE)).toBe(1);
  peer.close();
  conn.close();
});

test('a connection sends no probes of its own, and a reader that stalls is given all the time it wants', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  expect(getIntOption(conn.fd, SOL_SOCKET, SO_KEEPALIVE)).toBe(0);
  expect(getIntOption(conn.fd, IPPROTO_TCP, TCP_USER_TIMEOUT)).toBe(0);
  peer.close();
  conn.close();
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
