import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDescriptors } from '../../test/support/descriptors.ts';
import { loopTurn } from '../../test/support/loop-turn.ts';
import { until } from '../../test/support/proxy.ts';
import { RawPeer } from '../../test/support/raw-peer.ts';
import type { Conn } from './conn.ts';
import { dial } from './dial.ts';
import { getIntOption } from './libc.ts';
import { type ListenAddress, Listener } from './listen.ts';

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

/** A listener that keeps its connections; the ceiling may be changed while it runs. */
function listen(address: ListenAddress, ceiling = Number.POSITIVE_INFINITY) {
  const accepted: Conn[] = [];
  const pauses: boolean[] = [];
  const options = {
    address,
    reusePort: false,
    descriptorCeiling: ceiling,
    onConnection: (conn: Conn) => void accepted.push(conn),
    onPause: (isPaused: boolean) => void pauses.push(isPaused),
  };
  const listener = new Listener(options);
  return {
    listener,
    accepted,
    pauses,
    options,
    [Symbol.dispose]() {
      for (const conn of accepted) conn.close();
      listener.stop();
    },
  };
}

test.each([['127.0.0.1'], ['::1']])('port 0 on %s gives a free port, on which connections come in', async (host) => {
  using all = listen({ host, port: 0 });
  const { listener, accepted } = all;
  expect(listener.port).toBeGreaterThan(0);
  expect(listener.address).toEqual({ host, port: listener.port });
  await using peer = await RawPeer.connect(listener.port, host);
  await until(() => accepted.length === 1, 'the connection');
  expect(accepted[0]?.remote).toEqual({ ip: host, port: peer.localPort });
  expect(accepted[0]?.local).toEqual({ ip: host, port: listener.port });
});

test('0.0.0.0 and :: stand side by side on one port', async () => {
  using v4 = listen({ host: '0.0.0.0', port: 0 });
  using v6 = listen({ host: '::', port: v4.listener.port });
  await using a = await RawPeer.connect(v4.listener.port, '127.0.0.1');
  await using b = await RawPeer.connect(v4.listener.port, '::1');
  await until(() => v4.accepted.length === 1 && v6.accepted.length === 1, 'one connection each');
  expect([a.isOpen, b.isOpen]).toEqual([true, true]);
});

test('accepted connections have the options of the listener', async () => {
  using all = listen({ host: '127.0.0.1', port: 0 });
  await using peer = await RawPeer.connect(all.listener.port);
  await until(() => all.accepted.length === 1, 'the connection');
  const fd = all.accepted[0]?.fd ?? -1;
  expect(getIntOption(fd, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
  expect(peer.isOpen).toBe(true);
});

test('a taken port is an error with its code', () => {
  using all = listen({ host: '127.0.0.1', port: 0 });
  let code = '';
  try {
    listen({ host: '127.0.0.1', port: all.listener.port });
  } catch (error) {
    code = (error as { code: string }).code;
  }
  expect(code).toBe('EADDRINUSE');
});

describe('a unix socket', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'petrel-listen-'));
    path = join(folder, 'petrel.sock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('accepts, and is removed at the stop', async () => {
    {
      using all = listen({ unix: path });
      expect(all.listener.port).toBe(0);
      await using peer = await RawPeer.connectUnix(path);
      await until(() => all.accepted.length === 1, 'the connection');
      expect(all.accepted[0]?.remote).toEqual({ ip: '', port: 0 });
      await peer.write(Uint8Array.of(1)); // half-closed connections stay
      peer.finish();
      await until(() => all.accepted[0]?.hasEnded === true, 'its FIN');
      all.accepted[0]?.write(Uint8Array.of(2));
      await peer.until(({ received }) => received === 1, 'a byte after the FIN');
    }
    expect(existsSync(path)).toBe(false);
  });

  test('stop leaves connections that stand, and a socket that another one has put there by now', async () => {
    using first = listen({ unix: path });
    await using peer = await RawPeer.connectUnix(path);
    await until(() => first.accepted.length === 1, 'the connection');
    renameSync(path, join(folder, 'aside')); // as one that takes the name over does
    using second = listen({ unix: path });
    first.listener.stop();
    first.accepted[0]?.write(Uint8Array.of(1));
    await peer.until(({ received }) => received === 1, 'a byte on the one that stands');
    await using other = await RawPeer.connectUnix(path);
    await until(() => second.accepted.length === 1, 'a connection to the second');
    expect(other.isOpen).toBe(true);
  });

  test('is gone while accepting rests, and comes back with it', async () => {
    const ceiling = openDescriptors() + 20;
    using all = listen({ unix: path }, ceiling);
    const peers: RawPeer[] = [];
    while (!all.listener.isPaused) {
      peers.push(await RawPeer.connectUnix(path).catch(() => new RawPeer()));
      if (peers.length > 100) throw new Error('accepting never rested');
      await loopTurn();
    }
    expect(existsSync(path)).toBe(false);
    for (const peer of peers) peer.close();
    for (const conn of all.accepted) conn.close();
    await until(() => !all.listener.isPaused, 'accepting goes on');
    await using peer = await RawPeer.connectUnix(path);
    expect(peer.isOpen).toBe(true);
  });
});

test('connections that the kernel drops while nobody accepts are counted', async () => {
  using all = listen({ host: '127.0.0.1', port: 0 });
  const { listener } = all;
  expect(listener.drops).toBe(0);
  const more = 700; // than the queue of 512 takes; no turn of the event loop in between, so nobody accepts
  const endpoint = { host: '127.0.0.1', port: listener.port };
  const dials = Array.from({ length: more }, () =>
    dial({ endpoint, timeoutMs: 1_000, buffers: { receive: 0, send: 0 } }),
  );
  for (let step = 0; step < 20; step += 1) await null; // until each has sent its SYN
  expect(listener.drops).toBeGreaterThan(0);
  for (const { cancel } of dials) cancel();
  await Promise.all(dials.map(({ result }) => result));
});

test('stop accepts no more and leaves connections that stand', async () => {
  using all = listen({ host: '127.0.0.1', port: 0 });
  const { listener, accepted } = all;
  await using peer = await RawPeer.connect(listener.port);
  await until(() => accepted.length === 1, 'the connection');
  const { port } = listener;
  listener.stop();
  await expect(RawPeer.connect(port)).rejects.toThrow();
  accepted[0]?.write(Uint8Array.of(1));
  await peer.until(({ received }) => received === 1, 'a byte on the one that stands');
});

test('out of descriptors accepting rests, and goes on once there are free ones', async () => {
  const ceiling = openDescriptors() + 40; // numbers are given out lowest first
  using all = listen({ host: '127.0.0.1', port: 0 }, ceiling);
  const { listener, accepted, pauses } = all;
  const peers: RawPeer[] = [];
  const { port } = listener;
  while (!listener.isPaused) {
    peers.push(await RawPeer.connect(port).catch(() => new RawPeer())); // each takes one here and one there
    if (peers.length > 100) throw new Error('accepting never rested');
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(pauses).toEqual([true]);
  expect(accepted.every(({ fd }) => fd < ceiling)).toBe(true);
  expect(accepted.length).toBeGreaterThan(5);
  await expect(RawPeer.connect(port)).rejects.toThrow();

  for (const peer of peers.splice(0)) peer.close();
  for (const conn of accepted) conn.close();
  await until(() => !listener.isPaused, 'accepting goes on');
  expect(pauses).toEqual([true, false]);
  expect(listener.port).toBe(port);
  await using peer = await RawPeer.connect(port);
  const before = accepted.length;
  await until(() => accepted.length > before - 1 && peer.isOpen, 'a connection again');
});
