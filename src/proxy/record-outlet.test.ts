import { expect, test } from 'bun:test';
import { until } from '../../test/support/proxy.ts';
import { LONG, runningRelay } from '../../test/support/running-relay.ts';
import { concat } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { setBufferSizes } from '../net/socket-options.ts';
import { GrowingSizes } from '../wire/tls/growing-sizes.ts';
import { RecordWriter } from '../wire/tls/records.ts';
import { RecordOutlet } from './record-outlet.ts';
import type { Stage } from './stages.ts';

/** The plain twin: every chunk wrapped by copying it. */
class Twin implements Stage {
  readonly #writer = new RecordWriter(new GrowingSizes());
  readonly wrapped: Uint8Array[] = [];
  longest = 0;

  apply(chunk: Uint8Array): Uint8Array {
    this.wrapped.push(new Uint8Array(this.#writer.wrap(chunk)));
    this.longest = Math.max(this.longest, chunk.length);
    return chunk;
  }
}

test.each([
  ['takes everything', 4 * LONG, false],
  ['takes less than a record at a time', 4_096, true],
  ['takes some records at a time', 100_000, true],
])('bulk leaves as the plain twin would wrap it when the kernel %s', async (_name, send, isSlow) => {
  const twin = new Twin();
  using all = await runningRelay((client) => ({ downlink: twin, clientOutlet: new RecordOutlet(client) }));
  const { client, far, counted } = all;
  setBufferSizes(client.conn.fd, { receive: 0, send });
  setBufferSizes(far.conn.fd, { receive: 4 * LONG, send: 0 });
  const sent = systemRandom(LONG);
  far.conn.pause(); // so that it comes in few long chunks
  const writing = far.peer.write(sent);
  if (isSlow) client.peer.pause();
  far.conn.resume();
  await until(() => counted.down > 0, 'the first bytes');
  client.peer.resume();
  await writing;
  far.peer.finish();
  await client.peer.until(({ hasFin }) => hasFin, 'everything');
  expect(counted.down).toBe(LONG);
  expect(twin.longest).toBeGreaterThan(65_536);
  expect(Bun.deepEquals(client.peer.bytes, concat(...twin.wrapped))).toBe(true);
});

test('a rest in the middle of bulk makes the records small again', async () => {
  const twin = new Twin();
  using all = await runningRelay((client) => ({ downlink: twin, clientOutlet: new RecordOutlet(client) }));
  const { client, far } = all;
  const bulk = new Uint8Array(300_000);
  await far.peer.write(bulk);
  await client.peer.until(({ received }) => received > bulk.length, 'the bulk');
  await until(() => twin.wrapped.reduce((sum, { length }) => sum + length, 0) === client.peer.received, 'all of it');
  const before = client.peer.received;
  all.relay.rest();
  await far.peer.write(new Uint8Array(3_000));
  await client.peer.until(({ received }) => received === before + 3_000 + 3 * 5, 'three records');
  expect(client.peer.bytes.subarray(before, before + 5)).toEqual(Uint8Array.of(0x17, 3, 3, 1_400 >> 8, 1_400 & 0xff));
});
