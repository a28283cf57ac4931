import { afterAll, afterEach, expect, test } from 'bun:test';
import type { Framing } from '../../wire/framing/framing.ts';
import { BLOCK_BYTES, contentAt, isContent } from '../bulk/content.ts';
import { BULK_OP, readBulk, readVerdict, writeBulk, writeTransfer } from '../bulk/message.ts';
import { SimulatedClient } from '../client/simulated-client.ts';
import { SimulatedDataCenter } from './data-center.ts';
import { Talk } from './talk-fixture.ts';

const FRAMINGS: Framing[] = ['abridged', 'intermediate', 'padded'];
const MIB = 1 << 20;
const dc = SimulatedDataCenter.start();
const clients: SimulatedClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.reset();
  await dc.until(({ open }) => open === 0);
});
afterAll(() => dc.stop());

async function connect(framing: Framing = 'padded'): Promise<SimulatedClient> {
  const client = await SimulatedClient.connect({ host: dc.address, port: dc.port, secret: null, framing });
  clients.push(client);
  return client;
}

for (const framing of FRAMINGS) {
  test(`echoes, downloads and uploads at once: ${framing}`, async () => {
    const client = await connect(framing);
    const echoes = [0, 1, 15, 16, 500, 504, 70_001].map((length) => contentAt(1, 0, length));
    const [echoed, down, up] = await Promise.all([
      Promise.all(echoes.map((bytes) => client.echo(bytes))),
      client.download(3 * MIB + 1, { seed: 5, piece: 10_007 }),
      client.upload(2 * MIB + 3, { seed: 6 }),
    ]);
    expect(echoed.map((bytes, i) => Buffer.compare(bytes, echoes[i] ?? bytes))).toEqual(echoes.map(() => 0));
    expect([down, up]).toEqual([
      { total: 3 * MIB + 1, isIntact: true },
      { total: 2 * MIB + 3, isIntact: true },
    ]);
    await client.quickAck(new Uint8Array(9));
    expect(client.strayMessages).toBe(0);
  });
}

test('an upload that is damaged or too long is not called intact', async () => {
  const talk = await Talk.open(dc);
  const damaged = contentAt(0, 0, 1000).slice();
  damaged[999] = (damaged[999] ?? 0) ^ 1;
  const pieces = [damaged, contentAt(0, 0, 1001), contentAt(1, 0, 1000), contentAt(0, 0, 1000)];
  const verdicts = [];
  for (const [tag, piece] of pieces.entries()) {
    talk.send(writeBulk(BULK_OP.upload, tag, writeTransfer({ total: 1000, piece: 1000, seed: 0 })));
    talk.send(writeBulk(BULK_OP.content, tag, piece));
    const answer = readBulk(await talk.next());
    expect([answer.op, answer.tag]).toEqual([BULK_OP.done, tag]);
    verdicts.push(readVerdict(answer.body));
  }
  expect(verdicts).toEqual([
    { total: 1000, isIntact: false },
    { total: 1001, isIntact: false },
    { total: 1000, isIntact: false },
    { total: 1000, isIntact: true },
  ]);
  talk.close();
});

test('a client that does not read stops the data centre', async () => {
  const [slow, other] = await Promise.all([connect(), connect()]);
  slow.pauseReading();
  const before = dc.counters.bytesOut;
  const download = slow.download(512 * MIB).catch((error) => error.reason);
  for (let i = 0; i < 300; i++) await other.echo(contentAt(0, 0, 16));
  expect(dc.counters.bytesOut - before).toBeLessThan(32 * MIB); // the sockets' buffers, not the download
  slow.reset();
  expect(await download).toBe('closed-by-us');
});

test('a client that sends without reading is not read any more', async () => {
  const [flood, other] = await Promise.all([connect(), connect()]);
  flood.pauseReading();
  const before = dc.counters.bytesIn;
  const piece = contentAt(0, 0, MIB - 8192); // a frame below the limit
  for (let i = 0; i < 32; i++) flood.sendFrame(writeBulk(BULK_OP.echo, 1, piece));
  for (let i = 0; i < 300; i++) await other.echo(contentAt(0, 0, 16));
  expect(dc.counters.bytesIn - before).toBeLessThan(16 * MIB);
});

test('a stalled data centre reads nothing, gives signs of life and sees the client go', async () => {
  const talk = await Talk.open(dc);
  talk.send(writeBulk(BULK_OP.stall, 1, new Uint8Array(0)));
  expect(readBulk(await talk.next()).op).toBe(BULK_OP.stall);
  talk.send(writeBulk(BULK_OP.echo, 2, new Uint8Array(0)));
  expect(readBulk(await talk.next()).op).toBe(BULK_OP.stall);
  talk.close();
  await dc.until(({ open }) => open === 0);
});

test('closes and resets when asked to', async () => {
  const [first, second] = await Promise.all([connect(), connect()]);
  first.ask('close');
  second.ask('reset');
  expect([await first.ended, await second.ended]).toEqual(['closed', 'reset']);
});

test('goes on sending to a client that has sent FIN', async () => {
  const client = await connect();
  const download = client.download(2 * MIB);
  client.finish();
  expect(await download).toEqual({ total: 2 * MIB, isIntact: true });
  expect(await client.ended).toBe('closed');
});

test('the test stream of a seed repeats after one block and differs from the next one', () => {
  expect(Buffer.compare(contentAt(3, BLOCK_BYTES + 17, 100), contentAt(3, 17, 100))).toBe(0);
  expect(isContent(contentAt(3, 17, 100), 3, 17)).toBe(true);
  expect(isContent(contentAt(3, 18, 100), 3, 17)).toBe(false);
  expect(isContent(contentAt(4, 17, 100), 3, 17)).toBe(false);
  expect(() => contentAt(0, 0, BLOCK_BYTES + 1)).toThrow(RangeError);
});
