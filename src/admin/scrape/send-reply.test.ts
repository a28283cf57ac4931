import { expect, test } from 'bun:test';
import { ConnSource } from '../../../test/support/conn-source.ts';
import { until } from '../../../test/support/proxy.ts';
import { equal } from '../../kit/bytes.ts';
import { sendReply } from './send-reply.ts';

/** More than the kernel's buffers of both ends take. */
const LONG = new Uint8Array(32 * 1024 * 1024).map((_, index) => index % 251);
const SHORT = LONG.subarray(0, 100);
const ENOUGH_MS = 60_000;

test('a slow reader gets every byte, then FIN; the connection is over when it has left', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  peer.pause();
  const sent = sendReply(conn, LONG, ENOUGH_MS);
  peer.resume();
  await peer.until(({ received }) => received > LONG.length / 4, 'a part');
  peer.pause();
  peer.resume();
  expect(await peer.end()).toBe('fin');
  expect(equal(peer.bytes, LONG)).toBe(true);
  peer.close();
  await sent;
  expect(conn.isOpen).toBe(false);
});

test('a peer that has sent FIN gets the reply too', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  peer.finish();
  await sendReply(conn, SHORT, ENOUGH_MS);
  expect(await peer.end()).toBe('fin');
  expect(equal(peer.bytes, SHORT)).toBe(true);
});

test('a slow reader that sends FIN meanwhile gets every byte too', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  peer.pause();
  const sent = sendReply(conn, LONG, ENOUGH_MS);
  peer.finish();
  await until(() => conn.hasEnded, 'FIN at the sender');
  peer.resume();
  await sent;
  expect(await peer.end()).toBe('fin');
  expect(equal(peer.bytes, LONG)).toBe(true);
});

test('what the peer goes on sending neither resets the reply nor is kept', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  const sent = sendReply(conn, SHORT, ENOUGH_MS);
  await peer.write(LONG);
  expect(peer.seen).toEqual(['bytes', 'fin']);
  expect(equal(peer.bytes, SHORT)).toBe(true);
  peer.close();
  await sent;
});

test.each([
  ['takes nothing', LONG],
  ['does not leave', SHORT],
])('a peer that %s is reset at the time limit', async (_, bytes) => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  peer.pause();
  await sendReply(conn, bytes, 50);
  expect(conn.isOpen).toBe(false);
  peer.resume();
  expect(await peer.end()).toBe('reset');
  expect(peer.received).toBeLessThan(LONG.length);
});

test('a peer that is gone before', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  peer.reset();
  await sendReply(conn, LONG, ENOUGH_MS);
  expect(conn.isOpen).toBe(false);
});
