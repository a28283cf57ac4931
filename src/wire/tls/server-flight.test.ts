import { describe, expect, test } from 'bun:test';
import { labelled, vectors } from '../../../test/vectors/vectors.ts';
import { concat, fromHex, hex } from '../../kit/bytes.ts';
import { type ClientHello, helloRandom, readClientHello } from './client-hello.ts';
import { buildServerFlight, type FlightShape, readServerFlight } from './server-flight.ts';

const { client_hellos, server_flights, secret } = vectors.fake_tls;
const KEY = fromHex(secret);

function helloNamed(name: string): ClientHello {
  const vector = client_hellos.find((hello) => hello.name === name);
  const reading = readClientHello(fromHex(vector?.client_hello ?? ''));
  if (reading.kind !== 'match') throw new Error(`no hello ${name}`);
  return reading.hello;
}

const HELLO = helloNamed(server_flights[0].client_hello);
const CLIENT_RANDOM = helloRandom(HELLO.record);
const FLIGHT = fromHex(server_flights[0].flight);

describe.each(server_flights)('$name', (vector) => {
  const hello = helloNamed(vector.client_hello);
  const cipher = Number.parseInt(vector.cipher, 16);
  const group = vector.group === '11ec' ? 0x11ec : 0x001d;

  test('is built to the byte', () => {
    const shape: FlightShape = {
      cipher,
      group,
      extensionOrder: vector.name.includes('key_share first') ? 'share-first' : 'versions-first',
      encryptedLength: vector.encrypted_record_len,
    };
    const share = fromHex(vector.server_share);
    const random = (bytes: Uint8Array) => bytes.set(labelled(vector.encrypted_record_label, bytes.length));
    expect(hex(buildServerFlight({ hello, key: KEY, shape, share, random }))).toBe(vector.flight);
  });

  test('passes the client check, whatever follows it', () => {
    const flight = fromHex(vector.flight);
    const expected = { kind: 'match' as const, consumed: flight.length, cipher, group };
    expect(readServerFlight(flight, KEY, helloRandom(hello.record))).toEqual(expected);
    expect(readServerFlight(concat(flight, fromHex('170303')), KEY, helloRandom(hello.record))).toEqual(expected);
  });
});

test('a session id of any length is echoed', () => {
  const shape: FlightShape = { cipher: 0x1301, group: 0x001d, extensionOrder: 'share-first', encryptedLength: 1 };
  const options = { key: KEY, shape, share: new Uint8Array(32), random: (bytes: Uint8Array) => void bytes.fill(0) };
  const flight = buildServerFlight({ ...options, hello: { ...HELLO, sessionId: new Uint8Array(0) } });
  expect(hex(flight.subarray(0, 11))).toBe('160303005a020000560303');
  expect(hex(flight.subarray(43))).toBe(
    `00130100002e00330024001d0020${'00'.repeat(32)}002b00020304140303000101170303000100`,
  );
  expect(readServerFlight(flight, KEY, CLIENT_RANDOM).kind).toBe('match');
});

test.each([
  [0x001d, 31],
  [0x001d, 1120],
  [0x11ec, 32],
] as const)('group %p refuses a share of %p bytes', (group, length) => {
  const shape: FlightShape = { cipher: 0x1301, group, extensionOrder: 'share-first', encryptedLength: 10 };
  const random = () => {};
  expect(() => buildServerFlight({ hello: HELLO, key: KEY, shape, share: new Uint8Array(length), random })).toThrow(
    RangeError,
  );
});

describe('the client check', () => {
  test('needs every byte', () => {
    for (let length = 0; length < FLIGHT.length; length++) {
      expect(readServerFlight(FLIGHT.subarray(0, length), KEY, CLIENT_RANDOM).kind).toBe('need-more');
    }
  });

  test('finds a changed bit anywhere', () => {
    for (let at = 0; at < FLIGHT.length; at += at < 150 ? 1 : 97) {
      const changed = new Uint8Array(FLIGHT);
      changed[at] ^= 1;
      expect(readServerFlight(concat(changed, new Uint8Array(256)), KEY, CLIENT_RANDOM).kind).toBe('reject');
    }
  });

  test('knows another key and another hello', () => {
    expect(readServerFlight(FLIGHT, new Uint8Array(16), CLIENT_RANDOM).kind).toBe('reject');
    expect(readServerFlight(FLIGHT, KEY, new Uint8Array(32)).kind).toBe('reject');
  });

  test.each([
    ['an alert', '15'],
    ['TLS 1.0 on the record', '160301'],
    ['a ServerHello longer than iOS reads', '1603032801'],
    ['a ServerHello of a negative length', '160303ffff'],
    ['a ServerHello without room for its random', '1603030026'],
  ])('refuses %s at once', (_, wire) => {
    expect(readServerFlight(fromHex(wire), KEY, CLIENT_RANDOM).kind).toBe('reject');
  });

  test('refuses noise longer than iOS reads', () => {
    const changed = FLIGHT.slice(0, 138);
    changed.set([0x28, 0x01], 136);
    expect(readServerFlight(changed, KEY, CLIENT_RANDOM).kind).toBe('reject');
  });
});
