import { expect, test } from 'bun:test';
import { ConnSource } from '../../test/support/conn-source.ts';
import { concat, utf8 } from '../kit/bytes.ts';
import { addressOf, GatheredWrite } from './gathered-write.ts';

test('ranges arrive in their order', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  const [first, second] = [utf8('gathered '), utf8('in one write')];
  const write = new GatheredWrite();
  write.add(addressOf(second), second.length); // forgotten by clear
  write.clear();
  write.add(addressOf(first), first.length);
  write.add(addressOf(second) + 3, 3);
  write.add(addressOf(second) + 7, 5);
  expect(conn.writeGathered(write)).toBe(first.length + 8);
  const expected = concat(first, utf8('one'), utf8('write'));
  await peer.until(({ received }) => received === expected.length, 'all ranges');
  expect(peer.bytes).toEqual(expected);
  conn.close();
  peer.close();
});

test('more than the kernel takes is taken in part, then not at all', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  peer.pause();
  const bytes = new Uint8Array(8_000_000);
  const write = new GatheredWrite();
  write.add(addressOf(bytes), bytes.length);
  const taken = conn.writeGathered(write);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(bytes.length);
  let more = taken;
  while (more > 0) more = conn.writeGathered(write);
  expect(more).toBe(0);
  conn.reset();
  expect(conn.writeGathered(write)).toBe(-1);
  peer.close();
});

test('a socket that can no longer be written to takes nothing, and the process lives', async () => {
  using source = new ConnSource();
  const { conn, peer } = await source.next();
  conn.finish();
  const bytes = utf8('too late');
  const write = new GatheredWrite();
  write.add(addressOf(bytes), bytes.length);
  expect(conn.writeGathered(write)).toBe(0); // EPIPE; the signal is ignored by the runtime
  conn.close();
  peer.close();
});
