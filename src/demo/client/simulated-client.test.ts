import { afterEach, expect, test } from 'bun:test';
import { concat, fromHex, hex } from '../../kit/bytes.ts';
import { frameCodec } from '../../wire/framing/codec.ts';
import { INIT_HEADER_BYTES, openInitHeader } from '../../wire/obfuscated2.ts';
import type { Secret } from '../../wire/secret.ts';
import { HelloDigest } from '../../wire/tls/hello-digest.ts';
import { RecordReader } from '../../wire/tls/records.ts';
import { FlightServer } from './flight-fixture.ts';
import type { ClientOptions, Opening } from './options.ts';
import { SimulatedClient } from './simulated-client.ts';

const KEY = fromHex('00112233445566778899aabbccddeeff');
const EE: Secret = { kind: 'ee', key: KEY, domain: 'site.example' };
const NOW = 1_750_000_000_000;
const PAYLOAD = fromHex('0102030405060708');
const servers: FlightServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function serve(key = KEY, glued?: Uint8Array<ArrayBuffer>): FlightServer {
  const server = new FlightServer(key, glued);
  servers.push(server);
  return server;
}

function connect(server: FlightServer, options: Partial<ClientOptions> = {}): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: server.port, secret: EE, now: () => NOW, ...options });
}

test.each(['mlkem', 'padded-517'] as const)(
  'signs a hello of the shape %s with its secret and the time',
  async (shape) => {
    const server = serve();
    const client = await connect(server, { hello: shape });
    const hello = server.hello;
    expect(hello?.serverName).toBe('site.example');
    expect(hello && new HelloDigest(hello.record).timestampFor(KEY)).toBe(NOW / 1000);
    expect(hello?.groups.includes(0x11ec)).toBe(shape === 'mlkem');
    client.close();
  },
);

/** Record lengths after the change-cipher-spec record, up to the end of the init header. */
const OPENINGS: Record<Opening, number[]> = { together: [64], apart: [64], split: [1, 20, 43] };

for (const [opening, lengths] of Object.entries(OPENINGS) as [Opening, number[]][]) {
  test(`sends its init header: ${opening}`, async () => {
    const server = serve();
    const client = await connect(server, { opening, dc: -4 });
    client.sendFrame(PAYLOAD);
    const headerWire = 6 + 64 + 5 * lengths.length;
    await server.collected(headerWire + 5 + 4 + PAYLOAD.length);
    expect(hex(server.after.subarray(0, 6))).toBe('140303000101');
    expect(recordLengths(server.after.subarray(6)).slice(0, lengths.length)).toEqual(lengths);
    const stream = new RecordReader().read(server.after) ?? new Uint8Array(0);
    const header = openInitHeader(stream, KEY);
    expect([header?.framing, header?.dc]).toEqual(['padded', -4]);
    const frame = header?.uplink.apply(stream.subarray(INIT_HEADER_BYTES)) ?? new Uint8Array(0);
    expect(frameCodec('padded').decodeUplink(frame)).toMatchObject({ kind: 'frame', payload: PAYLOAD });
    client.close();
  });
}

test('sends long frames in records of at most 2,878 bytes', async () => {
  const server = serve();
  const client = await connect(server);
  client.sendFrame(new Uint8Array(8_000));
  await server.collected(8_000 + 64 + 6 + 4 * 5);
  expect(recordLengths(server.after.subarray(6))).toEqual([64, 2878, 2878, 8_004 - 2 * 2878]);
  client.close();
});

test('refuses a flight that another secret signed, and one with bytes behind it', async () => {
  const other = serve(fromHex('ffffffffffffffffffffffffffffffff'));
  await expect(connect(other)).rejects.toMatchObject({ reason: 'bad-flight' });
  const glued = serve(KEY, new Uint8Array([0x17, 3, 3, 0, 1, 0]));
  await expect(connect(glued)).rejects.toMatchObject({ reason: 'bad-flight' });
});

test('tells when nobody listens', async () => {
  const server = serve();
  server.stop();
  await expect(connect(server)).rejects.toMatchObject({ reason: 'refused' });
});

test('fails what waits when the connection ends', async () => {
  const server = serve();
  const client = await connect(server);
  const waiting = [client.echo(PAYLOAD), client.download(10), client.upload(10), client.quickAck(PAYLOAD)];
  client.reset();
  const outcomes = await Promise.allSettled(waiting);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(await client.ended).toBe('closed-by-us');
  await expect(client.echo(PAYLOAD)).rejects.toMatchObject({ reason: 'closed-by-us' });
});

test('sends its preface before anything else', async () => {
  const collected = Promise.withResolvers<Uint8Array>();
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: (_socket, chunk) => collected.resolve(concat(chunk)) },
  });
  const preface = fromHex('50524f5859');
  const options = { host: '127.0.0.1', port: listener.port, secret: EE, preface };
  SimulatedClient.connect(options).catch(() => null);
  expect(hex((await collected.promise).subarray(0, 8))).toBe('50524f5859160301');
  listener.stop(true);
});

function recordLengths(bytes: Uint8Array): number[] {
  const lengths: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + (lengths.at(-1) ?? 0)) {
    lengths.push(((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0));
  }
  return lengths;
}
