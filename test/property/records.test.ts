import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, equal } from '../../src/kit/bytes.ts';
import { CHANGE_CIPHER_SPEC, MAX_RECORD_PAYLOAD, RecordReader, RecordWriter } from '../../src/wire/tls/records.ts';
import { bytesUpTo, cut, places } from './chunks.ts';

const EMPTY_RECORD = Uint8Array.of(0x17, 3, 3, 0, 0);

/** A slow twin: the payload of a stream as far as its bytes are there, or null where it is not legal. */
function payloadOf(wire: Uint8Array): Uint8Array | null {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 5 <= wire.length; ) {
    const [type, major, minor, high, low] = wire.subarray(at, at + 5);
    const length = 256 * high + low;
    const isData = type === 0x17 && length <= MAX_RECORD_PAYLOAD;
    const isChangeCipherSpec = type === 0x14 && length === 1;
    if (major !== 3 || minor !== 3 || !(isData || isChangeCipherSpec)) return null;
    if (isData) parts.push(wire.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return concat(...parts);
}

/** What a reader makes of pieces, one after the other. */
function readAll(pieces: Uint8Array[]): Uint8Array | null {
  const reader = new RecordReader();
  const parts: Uint8Array[] = [];
  let broken = false;
  for (const piece of pieces) {
    const payload = reader.read(piece);
    if (broken) expect(payload).toBeNull();
    broken = payload === null;
    if (payload !== null) parts.push(payload);
  }
  return broken ? null : concat(...parts);
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equal(a, b);
}

const record = bytesUpTo(400).map((payload) =>
  concat(Uint8Array.of(0x17, 3, 3, payload.length >> 8, payload.length & 255), payload),
);
const legal = fc
  .array(fc.oneof({ weight: 4, arbitrary: record }, fc.constant(CHANGE_CIPHER_SPEC), fc.constant(EMPTY_RECORD)), {
    maxLength: 8,
  })
  .map((records) => concat(...records));

describe('RecordReader', () => {
  test('agrees with its twin on legal streams, however they are cut', () => {
    fc.assert(
      fc.property(legal, places, (wire, at) => {
        expect(same(readAll(cut(wire, at)), payloadOf(wire))).toBe(true);
      }),
    );
  });

  test('agrees with its twin when a byte is wrong or the end is missing', () => {
    fc.assert(
      fc.property(legal, fc.nat(), fc.nat(255), fc.nat(), places, (stream, damagedAt, value, end, at) => {
        const wire = stream.slice(0, end % (stream.length + 1));
        if (wire.length > 0) wire[damagedAt % wire.length] = value;
        expect(same(readAll(cut(wire, at)), payloadOf(wire))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes, whole or cut, give payload or null, the same', () => {
    fc.assert(
      fc.property(bytesUpTo(600), places, (bytes, at) => {
        const payload = new RecordReader().read(bytes.slice());
        expect(same(readAll(cut(bytes, at)), payload)).toBe(true);
      }),
    );
  });

  test('payload outlives later reads', () => {
    fc.assert(
      fc.property(legal, places, (wire, at) => {
        const reader = new RecordReader();
        const seen = cut(wire, at).map((piece) => reader.read(piece) ?? new Uint8Array(0));
        expect(equal(concat(...seen), payloadOf(wire) ?? new Uint8Array(1))).toBe(true);
      }),
    );
  });
});

test('what a writer wraps, a reader unwraps, in no empty and no overlong record', () => {
  fc.assert(
    fc.property(bytesUpTo(5000), fc.integer({ min: 1, max: 6000 }), places, (bytes, limit, at) => {
      const wire = new RecordWriter(limit).wrap(bytes).slice();
      expect(wire.length).toBe(bytes.length + 5 * Math.ceil(bytes.length / limit));
      for (let from = 0; from < wire.length; from += 5 + 256 * wire[from + 3] + wire[from + 4]) {
        const length = 256 * wire[from + 3] + wire[from + 4];
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(limit);
      }
      expect(same(readAll(cut(wire, at)), bytes)).toBe(true);
    }),
  );
});
