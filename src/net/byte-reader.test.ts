import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { ConnSource } from '../../test/support/conn-source.ts';
import { loopTurn } from '../../test/support/loop-turn.ts';
import { until } from '../../test/support/proxy.ts';
import type { RawPeer } from '../../test/support/raw-peer.ts';
import { concat, utf8 } from '../kit/bytes.ts';
import { ByteReader } from './byte-reader.ts';
import type { Conn, Consumer } from './conn.ts';

const LIMIT = 1_000;

async function open() {
  const source = new ConnSource();
  const { conn, peer } = await source.next();
  return {
    conn,
    peer,
    reader: new ByteReader(conn, LIMIT),
    [Symbol.dispose]() {
      conn.close();
      peer.close();
      source[Symbol.dispose]();
    },
  };
}

/** Waits until so many bytes are unread. */
async function untilUnread(reader: ByteReader, length: number): Promise<void> {
  while (reader.bytes.length < length) expect(await reader.next()).toBe('bytes');
}

/** Collects what a connection's next consumer is told. */
function collector() {
  const seen = { bytes: new Uint8Array(0) as Uint8Array, ends: 0, closes: 0 };
  const consumer: Consumer = {
    onBytes: (_conn: Conn, chunk) => {
      seen.bytes = concat(seen.bytes, chunk);
    },
    onEnd: () => {
      seen.ends += 1;
    },
    onWritable: () => {},
    onClosed: () => {
      seen.closes += 1;
    },
  };
  return { seen, consumer };
}

test('bytes are collected, and consumed from the front', async () => {
  using all = await open();
  const { peer, reader } = all;
  expect(reader.bytes).toEqual(new Uint8Array(0));
  await peer.write(utf8('one'));
  await untilUnread(reader, 3);
  await peer.write(utf8(' two'));
  await untilUnread(reader, 7);
  expect(reader.bytes).toEqual(utf8('one two'));
  reader.consume(4);
  expect(reader.bytes).toEqual(utf8('two'));
  await peer.write(utf8(' three'));
  await untilUnread(reader, 9);
  expect(reader.bytes).toEqual(utf8('two three'));
});

test('a wait ends once for what has come before it', async () => {
  using all = await open();
  const { peer, reader } = all;
  await peer.write(utf8('early'));
  await until(() => reader.bytes.length === 5, 'bytes while nobody waits');
  expect(await reader.next()).toBe('bytes');
  const waiting = reader.next();
  expect(Bun.peek.status(waiting)).toBe('pending');
  await peer.write(utf8('late'));
  expect(await waiting).toBe('bytes');
});

test('bytes that came before the FIN are told before it; after it every wait says so', async () => {
  using all = await open();
  const { conn, peer, reader } = all;
  await peer.write(utf8('last'));
  peer.finish();
  await until(() => conn.hasEnded, 'the FIN');
  expect(await reader.next()).toBe('bytes');
  expect(await reader.next()).toBe('end');
  expect(await reader.next()).toBe('end');
  expect(reader.bytes).toEqual(utf8('last'));
});

test('a reset ends the current wait, every later one, and the wait for the close', async () => {
  using all = await open();
  const { peer, reader } = all;
  const [waiting, closed] = [reader.next(), reader.closed()];
  peer.reset();
  expect(await waiting).toBe('closed');
  expect(await closed).toBe('closed');
  expect(await reader.next()).toBe('closed');
  expect(await reader.closed()).toBe('closed');
});

test('a close replaces the FIN and the time limit', async () => {
  using all = await open();
  const { conn, peer, reader } = all;
  peer.finish();
  expect(await reader.next()).toBe('end');
  reader.expire();
  expect(await reader.next()).toBe('end'); // the FIN tells more
  conn.close();
  expect(await reader.next()).toBe('closed');
});

test('the time limit ends waits until it is renewed', async () => {
  using all = await open();
  const { peer, reader } = all;
  const waiting = reader.next();
  reader.expire();
  expect(await waiting).toBe('expired');
  expect(await reader.next()).toBe('expired');
  reader.renew();
  const again = reader.next();
  expect(Bun.peek.status(again)).toBe('pending');
  await peer.write(utf8('x'));
  expect(await again).toBe('bytes');
});

test('at the limit the connection is paused, and resumed once there is room', async () => {
  using all = await open();
  const { peer, reader } = all;
  await peer.write(new Uint8Array(LIMIT)); // may come in pieces; from the limit on nothing more is read
  await untilUnread(reader, LIMIT);
  const before = reader.bytes.length;
  void peer.write(new Uint8Array(500_000).fill(1));
  // Another connection's round trip proves that the paused one had its chance.
  using other = await open();
  await other.peer.write(utf8('x'));
  await untilUnread(other.reader, 1);
  expect(reader.bytes.length).toBe(before);

  reader.consume(before);
  let total = 0;
  while (total < 500_000) {
    expect(await reader.next()).toBe('bytes');
    total += reader.bytes.length;
    reader.consume(reader.bytes.length);
  }
  expect(total).toBe(500_000);
});

test.each<[string, (peer: RawPeer) => void]>([
  ['FIN', (peer) => peer.finish()],
  ['a reset', (peer) => peer.reset()],
])('%s means that the peer has left', async (_name, leave) => {
  using all = await open();
  const { peer, reader } = all;
  const waiting = reader.left();
  await peer.write(utf8('x'));
  await untilUnread(reader, 1);
  expect(Bun.peek.status(waiting)).toBe('pending');
  leave(peer);
  expect(await waiting).toBe('left');
  expect(await reader.left()).toBe('left');
});

test('that the peer of a paused connection has left is seen by looking', async () => {
  using all = await open();
  const { peer, reader } = all;
  const waiting = reader.left();
  await peer.write(new Uint8Array(100_000)); // what is above the limit stays in the kernel, and the FIN behind it
  await untilUnread(reader, LIMIT);
  reader.lookForEnd();
  await loopTurn();
  expect(Bun.peek.status(waiting)).toBe('pending');
  peer.finish();
  await until(() => {
    reader.lookForEnd();
    return Bun.peek.status(waiting) === 'fulfilled';
  }, 'the FIN');
});

test('release gives what is unread to the next consumer, and what comes after', async () => {
  using all = await open();
  const { conn, peer, reader } = all;
  await peer.write(utf8('for me, for you'));
  await untilUnread(reader, 15);
  reader.consume('for me, '.length);
  reader.release();
  const { seen, consumer } = collector();
  conn.attach(consumer);
  expect(seen.bytes).toEqual(utf8('for you'));
  await peer.write(utf8(' too'));
  peer.finish();
  await until(() => seen.ends === 1, 'the FIN');
  expect(seen.bytes).toEqual(utf8('for you too'));
});

test('release resumes a paused connection, and passes on an end that has come already', async () => {
  using all = await open();
  const { conn, peer, reader } = all;
  void peer.write(new Uint8Array(100_000)).then(() => peer.finish());
  await untilUnread(reader, LIMIT);
  reader.release();
  const { seen, consumer } = collector();
  conn.attach(consumer);
  await until(() => seen.ends === 1, 'the FIN');
  expect(seen.bytes).toHaveLength(100_000);

  using closed = await open();
  closed.peer.reset();
  expect(await closed.reader.next()).toBe('closed');
  closed.reader.release();
  const late = collector();
  closed.conn.attach(late.consumer);
  expect(late.seen).toMatchObject({ closes: 1, ends: 0 });
});

test('whatever the chunks and the consuming, the stream stays whole', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 3_000 });
  const step = fc.record({ chunk, part: fc.double({ min: 0, max: 1, noNaN: true }) });
  // A connection of no meaning: the reader is handed its chunks directly.
  const conn = { attach: () => {}, pause: () => {}, resume: () => {}, giveBack: () => {} } as unknown as Conn;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const reader = new ByteReader(conn, LIMIT);
      let expected: Uint8Array = new Uint8Array(0);
      for (const { chunk: bytes, part } of steps) {
        reader.onBytes(conn, bytes.slice()); // chunks are the reader's to keep
        expected = concat(expected, bytes);
        expect(Bun.deepEquals(reader.bytes, expected)).toBe(true);
        const length = Math.floor(part * expected.length);
        reader.consume(length);
        expected = expected.slice(length);
      }
      expect(Bun.deepEquals(reader.bytes, expected)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
