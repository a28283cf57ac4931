import { expect, test } from 'bun:test';
import { until } from '../../test/support/proxy.ts';
import { LONG, runningRelay } from '../../test/support/running-relay.ts';
import { concat, utf8 } from '../kit/bytes.ts';
import { WORTH_DISCARDING_BYTES } from '../kit/discard.ts';
import { systemRandom } from '../kit/random.ts';
import { setBufferSizes } from '../net/socket-options.ts';
import { RateLimit, type Throttled } from './rate-limit.ts';
import type { Stage } from './stages.ts';

test('what passes through in bulk is let go at once, what the sink has not taken is not', async () => {
  const chunks: Uint8Array[] = [];
  class Invert implements Stage {
    apply(chunk: Uint8Array): Uint8Array {
      chunks.push(chunk);
      const inverted = chunk.map((byte) => ~byte);
      chunks.push(inverted);
      return inverted;
    }
  }
  using all = await runningRelay({ uplink: new Invert() });
  const { client, far } = all;
  setBufferSizes(client.conn.fd, { receive: 4 * LONG, send: 0 });
  const sent = systemRandom(LONG);
  client.conn.pause();
  far.peer.pause();
  const writing = client.peer.write(sent);
  client.conn.resume();
  await until(() => all.counted.up > 0, 'the first bytes');
  far.peer.resume();
  await writing;
  await far.peer.until(({ received }) => received === LONG, 'all of it');
  const received = far.peer.bytes;
  expect(Bun.deepEquals(received, new Uint8Array(sent.map((byte) => ~byte)))).toBe(true);
  expect(all.counted.up).toBe(LONG);
  expect(chunks.length).toBeGreaterThan(0);
  expect(chunks.every(({ length }) => length < WORTH_DISCARDING_BYTES)).toBe(true); // a discarded array is empty
});

test('while the sink does not take them few bytes are taken from the source, and then all', async () => {
  using all = await runningRelay();
  const { client, far, counted } = all;
  client.peer.pause();
  const sent = systemRandom(LONG);
  const writing = far.peer.write(sent);
  await until(() => counted.down > 0, 'the first bytes');
  // The other way still works, and takes its time over it.
  for (let i = 1; i <= 20; i += 1) {
    await client.peer.write(utf8('x'));
    await far.peer.until(({ received }) => received === i, 'a byte the other way');
  }
  expect(counted.down).toBeLessThan(LONG / 4);
  client.peer.resume();
  await writing;
  await client.peer.until(({ received }) => received === LONG, 'all of it');
  expect(Bun.deepEquals(client.peer.bytes, sent)).toBe(true);
});

/** Makes far more of a byte than the kernel takes. */
class Swell implements Stage {
  apply(chunk: Uint8Array): Uint8Array {
    return new Uint8Array(LONG).fill(chunk[0] ?? 0);
  }
}

test.each([
  ['stands', false],
  ['was half-closed by the client', true],
])(
  'a FIN that comes together with the last bytes waits behind the remainder; the session %s',
  async (_name, isHalf) => {
    using all = await runningRelay({ downlink: new Swell() });
    const { client, far, counted } = all;
    if (isHalf) {
      client.peer.finish();
      await far.peer.until(({ hasFin }) => hasFin, 'the FIN of the client');
    }
    client.peer.pause();
    void far.peer.write(utf8('x'));
    far.peer.finish();
    await until(() => counted.down === 1, 'the byte');
    all.relay.onEnd(far.conn); // the runtime tells no FIN of a paused source; told early, it has to wait all the same
    expect(all.end).toBeNull();
    client.peer.resume();
    expect(await client.peer.end()).toBe('fin');
    expect(client.peer.received).toBe(LONG);
    if (!isHalf) client.peer.finish();
    expect(await all.done).toBe('served');
  },
);

test('a remainder that goes out counts as movement', async () => {
  using all = await runningRelay({ downlink: new Swell() });
  const { relay: running, client, far, counted } = all;
  client.peer.pause();
  await far.peer.write(utf8('x'));
  await until(() => counted.down === 1, 'the byte');
  running.isActive = false;
  client.peer.resume();
  await client.peer.until(({ received }) => received === LONG, 'the remainder');
  expect(running.isActive).toBe(true);
});

/** Holds back every pump that moves something until the test lets it go on. */
class Gate extends RateLimit {
  readonly held = new Set<Throttled>();

  constructor() {
    super(1);
  }

  override charge(_bytes: number, pump: Throttled): boolean {
    this.held.add(pump);
    return true;
  }

  override forget(pump: Throttled): void {
    this.held.delete(pump);
  }
}

test('a pump that is held back reads no more until it may go on, and is forgotten at the end', async () => {
  const gate = new Gate();
  using all = await runningRelay({ uplinkRate: gate });
  const { client, far } = all;
  await client.peer.write(utf8('one'));
  await far.peer.until(({ received }) => received === 3, 'the first bytes');
  expect(gate.held.size).toBe(1);
  await client.peer.write(utf8('two'));
  await far.peer.write(utf8('the other way is free'));
  await client.peer.until(({ received }) => received === 21, 'the other way');
  expect(far.peer.received).toBe(3);

  const [pump] = gate.held;
  gate.held.clear();
  all.relay.isActive = false;
  expect(all.relay.isDelivering).toBe(true);
  pump?.goOn();
  expect(all.relay.isActive).toBe(true); // what comes next has not come yet: it is no rest all the same
  await far.peer.until(({ received }) => received === 6, 'the next bytes');
  expect(far.peer.bytes).toEqual(concat(utf8('one'), utf8('two')));
  expect(gate.held.size).toBe(1);
  all.relay.stop('cut');
  expect(gate.held.size).toBe(0);
});
