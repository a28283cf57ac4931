import { expect, test } from 'bun:test';
import { ConnSource } from '../../test/support/conn-source.ts';
import { until } from '../../test/support/proxy.ts';
import type { RawPeer } from '../../test/support/raw-peer.ts';
import { LONG, runningRelay } from '../../test/support/running-relay.ts';
import { utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import type { Conn } from '../net/conn.ts';
import { ioctlInt } from '../net/libc.ts';
import { unacknowledgedBytes } from '../net/peer-life.ts';
import { setBufferSizes } from '../net/socket-options.ts';
import { Relay } from './relay.ts';
import { type Stage, VERBATIM } from './stages.ts';

test('bytes go both ways and are counted', async () => {
  using all = await runningRelay();
  const { client, far, counted } = all;
  await client.peer.write(utf8('question'));
  await far.peer.until(({ received }) => received === 8, 'the question');
  await far.peer.write(utf8('long answer'));
  await client.peer.until(({ received }) => received === 11, 'the answer');
  expect(far.peer.bytes).toEqual(utf8('question'));
  expect(client.peer.bytes).toEqual(utf8('long answer'));
  expect(counted).toMatchObject({ up: 8, down: 11 });
});

test('the opening goes out first, then what was read of the client before the relay', async () => {
  const source = new ConnSource();
  const [client, far] = [await source.next(), await source.next()];
  client.conn.giveBack(utf8('early '));
  new Relay({
    client: client.conn,
    far: far.conn,
    opening: utf8('opening '),
    uplink: VERBATIM,
    downlink: VERBATIM,
    uplinkRate: null,
    downlinkRate: null,
    meter: { countUplink: () => true, countDownlink: () => true, ended: () => {} },
  });
  await client.peer.write(utf8('late'));
  await far.peer.until(({ received }) => received === 18, 'everything');
  expect(far.peer.bytes).toEqual(utf8('opening early late'));
  for (const { conn, peer } of [client, far]) {
    conn.close();
    peer.close();
  }
  source[Symbol.dispose]();
});

test.each([
  ['the client', 'client', 'far'],
  ['the far side', 'far', 'client'],
] as const)('half a close by %s passes through; a whole one ends the relay', async (_name, first, second) => {
  using all = await runningRelay();
  await all[first].peer.write(utf8('before'));
  all[first].peer.finish();
  await all[second].peer.until(({ hasFin }) => hasFin, 'the FIN');
  expect(all[second].peer.bytes).toEqual(utf8('before'));
  await all[second].peer.write(utf8('after'));
  await all[first].peer.until(({ received }) => received === 5, 'what came after it');
  expect(all.end).toBeNull();
  all[second].peer.finish();
  expect(await all[first].peer.end()).toBe('fin');
  expect(await all.done).toBe('served');
  expect(all.counted.ends.slice(0, 2)).toEqual([first, second]);
});

test.each([
  ['the client', 'client', 'far'],
  ['the far side', 'far', 'client'],
] as const)('a reset by %s is passed on', async (_name, first, second) => {
  using all = await runningRelay();
  all[first].peer.reset();
  expect(await all[second].peer.end()).toBe('reset');
  expect(await all.done).toBe('reset');
});

test('a reset is told of a paused source too', async () => {
  using all = await runningRelay();
  const { client, far } = all;
  client.peer.pause();
  void far.peer.write(systemRandom(LONG));
  await until(() => all.counted.down > 0, 'the first bytes');
  far.peer.reset();
  expect(await all.done).toBe('reset');
  client.peer.resume();
  expect(await client.peer.end()).toBe('reset');
});

test.each([
  ['up', 'client'],
  ['down', 'far'],
] as const)('bytes %s that use the quota up still go through, and end both sides', async (_way, from) => {
  using all = await runningRelay();
  const to = from === 'client' ? all.far : all.client;
  all.counted.left = 10;
  await all[from].peer.write(utf8('1234567'));
  await to.peer.until(({ received }) => received === 7, 'within the quota');
  await all[from].peer.write(utf8('89abc'));
  expect(await all.done).toBe('quota');
  expect(await to.peer.end()).toBe('fin');
  expect(to.peer.bytes).toEqual(utf8('123456789abc'));
  expect(await all[from].peer.end()).toBe('fin');
});

test('a stream that its stage refuses ends both sides, and nothing of it is passed on', async () => {
  class Refuse implements Stage {
    apply(chunk: Uint8Array): Uint8Array | null {
      return chunk[0] === 0x78 ? null : chunk;
    }
  }
  using all = await runningRelay({ uplink: new Refuse() });
  await all.client.peer.write(utf8('good'));
  await all.far.peer.until(({ received }) => received === 4, 'what is right');
  await all.client.peer.write(utf8('x bad'));
  expect(await all.done).toBe('violation');
  expect(await all.far.peer.end()).toBe('fin');
  expect(all.far.peer.bytes).toEqual(utf8('good'));
});

test('the first end counts', async () => {
  using all = await runningRelay();
  all.relay.stop('idle');
  all.relay.stop('cut');
  expect(await all.done).toBe('idle');
  expect(await all.client.peer.end()).toBe('fin');
  expect(await all.far.peer.end()).toBe('fin');
});

test('a connection that was reset before the relay ends it by a reset', async () => {
  const source = new ConnSource();
  const [client, far] = [await source.next(), await source.next()];
  client.peer.reset();
  await until(() => !client.conn.isOpen, 'the client gone');
  const running = new Relay({
    client: client.conn,
    far: far.conn,
    opening: utf8('opening'),
    uplink: VERBATIM,
    downlink: VERBATIM,
    uplinkRate: null,
    downlinkRate: null,
    meter: { countUplink: () => true, countDownlink: () => true, ended: () => {} },
  });
  expect(await far.peer.end()).toBe('reset');
  expect(await running.done).toBe('reset');
  source[Symbol.dispose]();
});

/** Bytes that lie in a socket's receive buffer. */
const FIONREAD = 0x541b;
const unread = (conn: Conn) => ioctlInt(conn.fd, FIONREAD) ?? 0;
const PIECE = 700_000;

/** The far side has sent everything, and all of it has reached us or the client; the client reads nothing. */
async function withStalledClient() {
  const all = await runningRelay();
  const { client, far, counted } = all;
  setBufferSizes(far.conn.fd, { receive: 4 * PIECE, send: 0 });
  client.peer.pause();
  const sent = systemRandom(PIECE);
  await far.peer.write(sent);
  await until(() => counted.down + unread(far.conn) === PIECE, 'everything has come in');
  expect(counted.down).toBeLessThan(PIECE);
  return { ...all, sent, [Symbol.dispose]: () => all[Symbol.dispose]() };
}

/** Lets the client read everything, as the sweep of the sessions goes on. */
async function readOut({ client, relay }: { client: { peer: RawPeer }; relay: Relay }): Promise<void> {
  const sweep = setInterval(() => relay.look(), 5);
  client.peer.resume();
  await client.peer.until(({ received }) => received === PIECE, 'everything');
  await client.peer.end();
  clearInterval(sweep);
}

test('what had come before a reset is delivered to a slow reader, and then the reset', async () => {
  using all = await withStalledClient();
  all.far.peer.reset();
  await until(() => !all.far.conn.isOpen, 'the reset');
  for (let sweep = 0; sweep < 100; sweep += 1) all.relay.look();
  expect(all.client.peer.seen).not.toContain('reset');
  await readOut(all);
  expect(Bun.deepEquals(all.client.peer.bytes, all.sent)).toBe(true);
  expect(all.client.peer.seen).toEqual(['bytes', 'reset']);
  expect(await all.done).toBe('reset');
});

test('a FIN before a reset reaches a slow reader as a FIN', async () => {
  using all = await withStalledClient();
  all.far.peer.finish();
  await until(() => unread(all.far.conn) > 0, 'the FIN lies behind what is unread');
  all.far.peer.reset();
  await until(() => !all.far.conn.isOpen, 'the reset');
  await readOut(all);
  expect(Bun.deepEquals(all.client.peer.bytes, all.sent)).toBe(true);
  expect(all.client.peer.seen.slice(0, 2)).toEqual(['bytes', 'fin']);
  expect(await all.done).toBe('reset');
});

test('a slow reader that writes on after the other side is gone loses nothing by it', async () => {
  using all = await withStalledClient();
  all.far.peer.reset();
  await until(() => !all.far.conn.isOpen, 'the reset');
  for (let write = 0; write < 20; write += 1) await all.client.peer.write(utf8('window update'));
  await readOut(all);
  expect(Bun.deepEquals(all.client.peer.bytes, all.sent)).toBe(true);
});

test('a connection is not let go before its slow reader has everything, also when both sides have finished', async () => {
  using all = await runningRelay();
  const { client, far, relay } = all;
  setBufferSizes(client.peer.fd, { receive: 32_768, send: 0 });
  client.peer.finish();
  client.peer.pause();
  await far.peer.until(({ hasFin }) => hasFin, 'the FIN of the client');
  setBufferSizes(client.conn.fd, { receive: 0, send: 4 * PIECE });
  const sent = systemRandom(PIECE);
  await far.peer.write(sent);
  far.peer.finish();
  await until(() => all.counted.down === PIECE && unacknowledgedBytes(client.conn.fd) > 1, 'all is in the kernel');
  for (let sweep = 0; sweep < 100; sweep += 1) relay.look();
  expect(client.conn.isOpen).toBe(true);
  expect(all.end).toBeNull();
  await readOut(all);
  expect(Bun.deepEquals(client.peer.bytes, sent)).toBe(true);
  relay.look();
  expect(await all.done).toBe('served');
});

test.each([
  ['the client', 'client', 'far'],
  ['the far side', 'far', 'client'],
] as const)('a reset by %s that a write meets first is passed on as a reset', async (_name, first, second) => {
  using all = await runningRelay();
  all[first].peer.reset();
  // The event loop has had no turn: the kernel tells the reset to this write, and only to it.
  expect(all[first].conn.write(utf8('late'))).toBe(-1);
  expect(await all[second].peer.end()).toBe('reset');
  expect(await all.done).toBe('reset');
});
