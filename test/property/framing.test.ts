import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, hex } from '../../src/kit/bytes.ts';
import { type FrameCodec, type FrameReading, frameCodec, MAX_UPLINK_FRAME } from '../../src/wire/framing/codec.ts';
import { bytesUpTo, cut, places } from './chunks.ts';

const CODECS = (['abridged', 'intermediate', 'padded'] as const).map(frameCodec);
const words = fc
  .integer({ min: 1, max: 300 })
  .chain((count) => fc.uint8Array({ minLength: 4 * count, maxLength: 4 * count }));
const packets = fc.array(fc.record({ payload: words, quickAck: fc.boolean() }), { maxLength: 8 });
const padding = fc.uint8Array({ maxLength: 3 });

type Decode = (bytes: Uint8Array) => FrameReading;

/** Decodes a stream that comes in pieces, as the reader of a socket would. */
function decodeAll(decode: Decode, pieces: Uint8Array[]): string[] {
  const found: string[] = [];
  let rest = new Uint8Array(0);
  for (const piece of pieces) {
    rest = new Uint8Array(concat(rest, piece));
    for (;;) {
      const reading = decode(rest);
      if (reading.kind === 'need-more') break;
      if (reading.kind === 'reject') throw new Error(reading.reason);
      found.push(reading.kind === 'frame' ? `${hex(reading.payload)} ${reading.quickAck}` : `ack ${reading.token}`);
      rest = rest.slice(reading.consumed);
    }
  }
  expect(rest.length).toBe(0);
  return found;
}

function encode(codec: FrameCodec, payload: Uint8Array, quickAck: boolean, pad: Uint8Array): Uint8Array {
  return codec.encode(payload, codec.framing === 'padded' ? { quickAck, padding: pad } : { quickAck });
}

describe.each(CODECS)('$framing', (codec) => {
  test('uplink: any chunking gives the frames that were encoded', () => {
    fc.assert(
      fc.property(packets, padding, places, (sent, pad, at) => {
        const wire = concat(...sent.map(({ payload, quickAck }) => encode(codec, payload, quickAck, pad)));
        const expected = sent.map(({ payload, quickAck }) => `${hex(payload)} ${quickAck}`);
        expect(decodeAll(codec.decodeUplink, cut(wire, at))).toEqual(expected);
      }),
    );
  });

  test('downlink: frames and quick acks mix', () => {
    const token = fc.integer({ min: 0x80000000, max: 0xffffffff });
    const message = words.filter((payload) => payload.length >= 16);
    fc.assert(
      fc.property(fc.array(fc.oneof(message, token), { maxLength: 8 }), padding, places, (sent, pad, at) => {
        const wire = sent.map((one) =>
          typeof one === 'number' ? codec.encodeQuickAck(one) : encode(codec, one, false, pad),
        );
        const expected = sent.map((one) => (typeof one === 'number' ? `ack ${one}` : `${hex(one)} false`));
        expect(decodeAll(codec.decodeDownlink, cut(concat(...wire), at))).toEqual(expected);
      }),
    );
  });

  test('a frame cut short needs more', () => {
    fc.assert(
      fc.property(words, padding, fc.nat(), (payload, pad, at) => {
        const wire = encode(codec, payload, false, pad);
        const start = wire.subarray(0, at % wire.length);
        expect(codec.decodeUplink(start).kind).toBe('need-more');
        expect(codec.decodeDownlink(start).kind).toBe('need-more');
      }),
    );
  });

  test('any bytes give a reading that stays inside them and inside the limit', () => {
    fc.assert(
      fc.property(bytesUpTo(600), fc.integer({ min: 4, max: 2048 }), (bytes, limit) => {
        const before = hex(bytes);
        for (const reading of [codec.decodeUplink(bytes, limit), codec.decodeDownlink(bytes, limit)]) {
          if (reading.kind === 'frame') {
            expect(reading.payload.length).toBeLessThanOrEqual(limit);
            expect(reading.payload.length % 4).toBe(0);
            expect(reading.payload.length).toBeGreaterThan(0);
          }
          if (reading.kind === 'frame' || reading.kind === 'quick-ack') {
            expect(reading.consumed).toBeGreaterThan(0);
            expect(reading.consumed).toBeLessThanOrEqual(bytes.length);
          }
        }
        expect(hex(bytes)).toBe(before);
      }),
    );
  });

  test('what is awaited never exceeds the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (header) => {
        const whole = concat(header, new Uint8Array(MAX_UPLINK_FRAME));
        expect(codec.decodeUplink(whole).kind).not.toBe('need-more');
      }),
      { numRuns: 30 },
    );
  });
});
