import { expect, test } from 'bun:test';
import { ConnSource } from '../../test/support/conn-source.ts';
import { until } from '../../test/support/proxy.ts';
import { LONG, runningRelay } from '../../test/support/running-relay.ts';
import { utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
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

test('a connection that was gone before the relay ends it', async () => {
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
  await far.peer.until(({ hasFin }) => hasFin, 'the FIN at the far side');
  far.peer.close();
  expect(await running.done).toBe('served');
  source[Symbol.dispose]();
});
