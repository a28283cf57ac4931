import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, fromHex, hex } from '../../src/kit/bytes.ts';
import { fillRandom, systemRandom } from '../../src/kit/random.ts';
import { type ClientHello, MAX_HELLO_BYTES, readClientHello } from '../../src/wire/tls/client-hello.ts';
import { HelloDigest, signHello } from '../../src/wire/tls/hello-digest.ts';
import { buildServerFlight, readServerFlight } from '../../src/wire/tls/server-flight.ts';
import { buildClientHello } from '../../src/wire/tls/synthetic-hello.ts';
import { vectors } from '../vectors/vectors.ts';
import { bytesUpTo, damaged } from './chunks.ts';

const RECORDED = vectors.fake_tls.client_hellos.map((hello) => fromHex(hello.client_hello));
const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const domain = fc.array(label, { minLength: 2, maxLength: 8 }).map((labels) => labels.join('.'));
const shape = fc.constantFrom('mlkem' as const, 'padded-517' as const);
const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const time = fc.integer({ min: 0, max: 0xffffffff });

function read(bytes: Uint8Array): ClientHello {
  const reading = readClientHello(bytes);
  if (reading.kind !== 'match') throw new Error(JSON.stringify(reading));
  return reading.hello;
}

/** Spreads a hello's message over records of the given lengths, used in turn. */
function split(record: Uint8Array, lengths: number[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 5, i = 0; at < record.length; i++) {
    const payload = record.subarray(at, at + lengths[i % lengths.length]);
    parts.push(Uint8Array.of(0x16, 3, 1 + (i % 3), payload.length >> 8, payload.length & 255), payload);
    at += payload.length;
  }
  return concat(...parts);
}

describe('hello', () => {
  test('built, signed, split and followed by anything, it is read as what was signed', () => {
    const lengths = fc.array(fc.integer({ min: 40, max: 2000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(domain, shape, key, time, lengths, bytesUpTo(40), (name, ofShape, secret, now, cuts, tail) => {
        const record = signHello(buildClientHello({ domain: name, random: systemRandom, shape: ofShape }), secret, now);
        const wire = split(record, cuts);
        const hello = read(concat(wire, tail));
        expect(hello.consumed).toBe(wire.length);
        expect(hello.serverName).toBe(name);
        expect(new HelloDigest(hello.record).timestampFor(secret)).toBe(now);
      }),
    );
  });

  test('a start of it needs more', () => {
    const lengths = fc.array(fc.integer({ min: 40, max: 2000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...RECORDED), lengths, fc.nat(), (record, cuts, at) => {
        const wire = split(record, cuts);
        expect(readClientHello(wire.subarray(0, at % wire.length)).kind).toBe('need-more');
      }),
    );
  });

  test('the reading of any bytes is final once it is not need-more', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RECORDED).chain(damaged), bytesUpTo(30), (bytes, tail) => {
        const before = hex(bytes);
        const reading = readClientHello(bytes);
        expect(hex(bytes)).toBe(before);
        const longer = readClientHello(concat(bytes, tail));
        if (reading.kind !== 'need-more') expect(longer.kind).toBe(reading.kind);
        if (reading.kind !== 'match' || longer.kind !== 'match') return;
        expect(reading.hello.consumed).toBeLessThanOrEqual(bytes.length);
        expect(hex(longer.hello.record)).toBe(hex(reading.hello.record));
      }),
      { numRuns: 400 },
    );
  });

  test('nothing but a start of hello records is awaited, and never beyond the limit', () => {
    const start = fc.tuple(fc.constantFrom('', '16', '160301', '16030102000100'), bytesUpTo(80));
    fc.assert(
      fc.property(start, ([known, more]) => {
        const bytes = concat(fromHex(known), more);
        const reading = readClientHello(bytes);
        if (reading.kind === 'need-more' && bytes.length > 0) expect(bytes[0]).toBe(0x16);
        const filled = concat(bytes, new Uint8Array(2 * MAX_HELLO_BYTES));
        expect(readClientHello(filled).kind).not.toBe('need-more');
      }),
      { numRuns: 200 },
    );
  });
});

describe('flight', () => {
  const hello = read(RECORDED[0]);
  const clientRandom = RECORDED[0].slice(11, 43);
  const flightShape = fc.record({
    cipher: fc.constantFrom(0x1301, 0x1302, 0x1303),
    group: fc.constantFrom(0x001d as const, 0x11ec as const),
    extensionOrder: fc.constantFrom('share-first' as const, 'versions-first' as const),
    encryptedLength: fc.integer({ min: 1, max: 4000 }),
  });

  test('built is read, cut short needs more, and needs the key', () => {
    fc.assert(
      fc.property(flightShape, key, fc.nat(), (ofShape, secret, at) => {
        const share = systemRandom(ofShape.group === 0x001d ? 32 : 1120);
        const flight = buildServerFlight({ hello, key: secret, shape: ofShape, share, random: fillRandom });
        const { cipher, group } = ofShape;
        const matched = { kind: 'match' as const, consumed: flight.length, cipher, group };
        expect(readServerFlight(flight, secret, clientRandom)).toEqual(matched);
        expect(readServerFlight(flight.subarray(0, at % flight.length), secret, clientRandom).kind).toBe('need-more');
        expect(
          readServerFlight(flight, concat(secret.subarray(1), Uint8Array.of(secret[0] ^ 1)), clientRandom).kind,
        ).toBe('reject');
      }),
    );
  });

  test('any bytes give a reading', () => {
    const recorded = fromHex(vectors.fake_tls.server_flights[0].flight);
    const secret = fromHex(vectors.fake_tls.secret);
    fc.assert(
      fc.property(fc.oneof(damaged(recorded), bytesUpTo(200)), (bytes) => {
        const reading = readServerFlight(bytes, secret, clientRandom);
        if (reading.kind === 'match') expect(reading.consumed).toBeLessThanOrEqual(bytes.length);
        else expect(['need-more', 'reject']).toContain(reading.kind);
      }),
      { numRuns: 200 },
    );
  });
});
