import { afterAll, afterEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { fromHex, hex } from '../../kit/bytes.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import { SimulatedDataCenter } from './data-center.ts';
import { FILE_BYTES } from './file-shelf.ts';
import { TlReader } from './mtproto/tl-reader.ts';
import { TlWriter } from './mtproto/tl-writer.ts';
import { Talk } from './talk-fixture.ts';

const GET_CONFIG = fromHex('6b18f9c4');
const FRAMINGS: Framing[] = ['abridged', 'intermediate', 'padded'];
const dc = SimulatedDataCenter.start();
const talks: Talk[] = [];

afterEach(async () => {
  for (const talk of talks.splice(0)) talk.close();
  await dc.until(({ open }) => open === 0);
});
afterAll(() => dc.stop());

/** A connection with a key, past the greeting. */
async function talk(framing: Framing = 'padded', dcId = 2): Promise<Talk> {
  const opened = await Talk.open(dc, framing, dcId);
  talks.push(opened);
  await opened.exchangeKeys(dc.serverKey.publicPem);
  const ping = opened.say(new TlWriter().int(0x7abe77ec).long(42n).bytes());
  const greeting = await opened.hear();
  expect([greeting.int(), greeting.long()]).toEqual([0x9ec20908, ping]); // new_session_created
  const pong = await opened.hear();
  expect([pong.int(), pong.long(), pong.long()]).toEqual([0x347773c5, ping, 42n]);
  return opened;
}

/** The object in the next `rpc_result`. */
async function resultOf(opened: Talk, id: bigint): Promise<TlReader> {
  const result = await opened.hear();
  expect([result.int(), result.long()]).toEqual([0xf35c6d01, id]);
  return new TlReader(result.rest());
}

for (const framing of FRAMINGS) {
  test(`makes a key and answers a ping: ${framing}`, async () => {
    const made = dc.counters.keysMade;
    const asked = dc.counters.pqRequests;
    await talk(framing, -4);
    expect([dc.counters.keysMade - made, dc.counters.pqRequests - asked]).toEqual([1, 1]);
    expect(dc.counters.byFraming.get(framing)).toBe(1);
    expect(dc.counters.byDc.get(-4)).toBe(FRAMINGS.indexOf(framing) + 1);
    expect(dc.counters.open).toBe(1);
  });
}

test('acknowledges a message that asks for it, with the token that the client expects', async () => {
  const opened = await talk('intermediate');
  opened.say(GET_CONFIG, { quickAck: true });
  await opened.hear();
  expect(opened.quickAcks).toEqual([opened.lastToken]);
  expect(opened.lastToken >>> 31).toBe(1);
});

test('answers help.getConfig inside its wrappers with itself as every data centre', async () => {
  const opened = await talk('padded', 10_003);
  const description = new TlWriter().int(0xc1cd5ea9).int(3).int(1);
  for (const text of ['model', 'system', '1', 'en', '', 'en']) description.string(text);
  description.int(0x75588b3f).string('127.0.0.1').int(443); // inputClientProxy
  description.int(0x99c1d49d).vector(2); // jsonObject
  description.int(0xc0de1bd9).string('offset').int(0x2be0dfa4).raw(new Uint8Array(8));
  description.int(0xc0de1bd9).string('list').int(0xf7444763).vector(2).int(0x3f6d7b68).int(0xc7345e6a).int(0x997275b5);
  const query = new TlWriter().int(0xbf9459b7).int(0xda9b0d0d).int(200).raw(description.raw(GET_CONFIG).bytes());
  const config = await resultOf(opened, opened.say(query.bytes()));
  expect([config.int(), config.int()]).toEqual([0xcc1a241e, 0]);
  config.int();
  config.int();
  expect([config.int(), config.int(), config.int(), config.int()]).toEqual([0x997275b5, 3, 0x1cb5c415, 5]); // test_mode, this_dc
  expect([config.int(), config.int(), config.int()]).toEqual([0x18b7a10d, 1 << 4, 1]);
  expect(Buffer.from(config.string()).toString()).toBe('127.0.0.1');
  expect(config.int()).toBe(dc.port);
});

test('gives its file by parts and keeps what is uploaded', async () => {
  const opened = await talk();
  const hash = createHash('sha256');
  let length = 0;
  for (let part = new Uint8Array(1); part.length > 0; length += part.length) {
    const request = new TlWriter().int(0xbe5335be).int(0).int(0xbad07584).raw(new Uint8Array(24));
    const file = await resultOf(opened, opened.say(request.long(BigInt(length)).int(500_000).bytes()));
    expect([file.int(), file.int(), file.int()]).toEqual([0x096a18d5, 0xaa963b05, 0]);
    part = file.string().slice();
    hash.update(part);
  }
  expect(length).toBe(FILE_BYTES);
  expect(hash.digest('hex')).toBe(dc.files.fileHash);

  for (const part of [1, 0]) {
    const save = new TlWriter().int(0xde7b673d).long(5n).int(part).int(2).string(`part ${part};`);
    const saved = await resultOf(
      opened,
      opened.say(new TlWriter().int(0x3072cfa1).string(gzipSync(save.bytes())).bytes()),
    );
    expect(saved.int()).toBe(0x997275b5);
  }
  const sha256 = createHash('sha256').update('part 0;part 1;').digest('hex');
  expect(dc.files.uploads()).toEqual([{ fileId: 5n, bytes: 14, sha256 }]);
});

test('answers every message of a container, and refuses what it does not know', async () => {
  const opened = await talk();
  const container = new TlWriter().int(0x73f1f8dc).int(3);
  container.long(1001n).int(1).int(4).raw(fromHex('01020304')); // no method of the API
  container.long(1005n).int(3).int(8).raw(new TlWriter().int(0xb921bd04).int(1).bytes()); // get_future_salts
  container
    .long(1009n)
    .int(5)
    .int(20)
    .raw(new TlWriter().int(0xda69fb52).longs([9n]).bytes()); // msgs_state_req
  opened.say(container.bytes());
  const error = await resultOf(opened, 1001n);
  expect([error.int(), error.int(), Buffer.from(error.string()).toString()]).toEqual([
    0x2144ca19,
    400,
    'METHOD_NOT_SIMULATED',
  ]);
  expect(dc.counters.byMethod.get(0x04030201)).toBe(1);
  const salts = await opened.hear();
  expect([salts.int(), salts.long()]).toEqual([0xae500895, 1005n]);
  const state = await opened.hear();
  expect([state.int(), state.long(), hex(state.string())]).toEqual([0x04deb57d, 1009n, '04']);
});

test('answers an unknown key with the transport error -404', async () => {
  const opened = await Talk.open(dc, 'intermediate');
  opened.send(new Uint8Array(56).fill(9));
  expect(hex(await opened.next())).toBe('6cfeffff');
  opened.close();
});

test('closes on what is no init header', async () => {
  const malformed = dc.counters.malformed;
  const closed = Promise.withResolvers<void>();
  const socket = { data() {}, close: () => closed.resolve() };
  const raw = await Bun.connect({ hostname: dc.address, port: dc.port, socket });
  raw.write(new Uint8Array(64).fill(1));
  await closed.promise;
  expect(dc.counters.malformed - malformed).toBe(1);
});
