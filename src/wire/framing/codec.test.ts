import { describe, expect, test } from 'bun:test';
import { labelled, vectors } from '../../../test/vectors/vectors.ts';
import { concat, fromHex, hex } from '../../kit/bytes.ts';
import { type FrameReading, frameCodec, MAX_DOWNLINK_FRAME, MAX_UPLINK_FRAME } from './codec.ts';
import { FRAMING_TAGS, type Framing, framingOfTag } from './framing.ts';

const { frames, quick_ack_response: ack, transport_error_frames, invalid_headers } = vectors.framing;
const FRAMINGS: Framing[] = ['abridged', 'intermediate', 'padded'];

function frameOf(reading: FrameReading) {
  if (reading.kind !== 'frame') throw new Error(`read ${reading.kind}`);
  return { ...reading, payload: hex(reading.payload) };
}

test('each framing has its tag', () => {
  for (const framing of FRAMINGS) expect(framingOfTag(FRAMING_TAGS[framing])).toBe(framing);
  expect(framingOfTag(0xdddddddc)).toBeNull();
  expect(framingOfTag(0xef)).toBeNull();
});

test.each(frames)('$transport, $payload_len bytes, padding $padding_len, quick ack $quick_ack', (vector) => {
  const codec = frameCodec(vector.transport);
  const payload = labelled(vector.payload_label, vector.payload_len);
  const padding = labelled('pad', vector.padding_len);
  const options = { quickAck: vector.quick_ack };
  const wire = codec.encode(payload, vector.padding_len === 0 ? options : { ...options, padding });
  expect(new Bun.CryptoHasher('sha256').update(wire).digest('hex')).toBe(vector.wire_sha256);
  expect(hex(wire)).toStartWith(vector.header);
  if (vector.wire !== null) expect(hex(wire)).toBe(vector.wire);

  const frame = frameOf(codec.decodeUplink(concat(wire, Uint8Array.of(1, 2, 3))));
  expect(frame.payload).toBe(hex(concat(payload, padding).subarray(0, vector.payload_len_after_strip)));
  expect(frame.quickAck).toBe(vector.quick_ack);
  expect(frame.consumed).toBe(wire.length);
  expect(codec.decodeUplink(wire.subarray(0, wire.length - 1)).kind).toBe('need-more');
});

test.each(invalid_headers)('refuses $transport $wire: $why', ({ transport, wire }) => {
  expect(frameCodec(transport).decodeUplink(fromHex(wire)).kind).toBe('reject');
});

describe('limits', () => {
  test.each(FRAMINGS)('%s: a frame of the limit is awaited, one word more is refused', (framing) => {
    const codec = frameCodec(framing);
    const header = (bytes: number) => codec.encode(new Uint8Array(bytes)).subarray(0, 4);
    expect(codec.decodeUplink(header(MAX_UPLINK_FRAME)).kind).toBe('need-more');
    expect(codec.decodeUplink(header(MAX_UPLINK_FRAME + 4)).kind).toBe('reject');
    expect(codec.decodeDownlink(header(MAX_DOWNLINK_FRAME)).kind).toBe('need-more');
    expect(codec.decodeDownlink(header(MAX_DOWNLINK_FRAME + 4)).kind).toBe('reject');
  });

  test.each(FRAMINGS)('%s: the caller may set another', (framing) => {
    const codec = frameCodec(framing);
    const wire = codec.encode(labelled('limit', 512));
    expect(codec.decodeUplink(wire, 508).kind).toBe('reject');
    expect(codec.decodeDownlink(wire, 508).kind).toBe('reject');
    expect(codec.decodeUplink(wire, 512).kind).toBe('frame');
  });

  test('padding counts', () => {
    const wire = frameCodec('padded').encode(new Uint8Array(8), { padding: new Uint8Array(3) });
    expect(frameCodec('padded').decodeUplink(wire, 10).kind).toBe('reject');
    expect(frameCodec('padded').decodeUplink(wire, 11).kind).toBe('frame');
  });
});

test.each(['01000000', '02000000', '03000000', '03000080'])('refuses padding without payload: %s', (wire) => {
  expect(frameCodec('padded').decodeUplink(concat(fromHex(wire), new Uint8Array(3))).kind).toBe('reject');
});

describe('quick acks', () => {
  const bare = { abridged: ack.abridged_wire, intermediate: ack.intermediate_wire, padded: ack.padded_wire_bare };

  test.each(FRAMINGS)('%s, bare', (framing) => {
    const codec = frameCodec(framing);
    expect(hex(codec.encodeQuickAck(ack.token_u32))).toBe(bare[framing]);
    const reading = codec.decodeDownlink(concat(fromHex(bare[framing]), Uint8Array.of(1)));
    expect(reading).toEqual({ kind: 'quick-ack', token: ack.token_u32, consumed: 4 });
    expect(codec.decodeDownlink(fromHex(bare[framing]).subarray(0, 3)).kind).toBe('need-more');
  });

  test.each([ack.padded_wire_frame_no_extra, ack.padded_wire_frame_one_extra_word])('padded, framed: %s', (wire) => {
    const bytes = fromHex(wire);
    const reading = frameCodec('padded').decodeDownlink(bytes);
    expect(reading).toEqual({ kind: 'quick-ack', token: ack.token_u32, consumed: bytes.length });
    expect(frameCodec('padded').decodeUplink(bytes).kind).toBe('frame');
    expect(frameCodec('intermediate').decodeDownlink(bytes).kind).toBe('frame');
  });

  test.each([ack.padded_nop_frame_no_extra, ack.padded_nop_frame_one_extra_word])('a no-op is a frame: %s', (wire) => {
    expect(frameOf(frameCodec('padded').decodeDownlink(fromHex(wire))).payload).toStartWith('00000000');
  });

  test('a message that happens to start like a framed quick ack is a message', () => {
    const payload = fromHex(`ffffffff78563492${'00'.repeat(8)}`);
    const wire = frameCodec('padded').encode(payload);
    expect(frameOf(frameCodec('padded').decodeDownlink(wire)).payload).toBe(hex(payload));
  });
});

test.each(transport_error_frames)('transport error $code', (vector) => {
  const wires = { abridged: vector.abridged, intermediate: vector.intermediate, padded: vector.padded_no_pad };
  for (const framing of FRAMINGS) {
    const codec = frameCodec(framing);
    expect(hex(codec.encode(fromHex(vector.payload)))).toBe(wires[framing]);
    expect(frameOf(codec.decodeDownlink(fromHex(wires[framing]))).payload).toBe(vector.payload);
  }
});

test.each(FRAMINGS)('%s: encoding refuses what is no packet', (framing) => {
  const codec = frameCodec(framing);
  expect(() => codec.encode(new Uint8Array(0))).toThrow(RangeError);
  expect(() => codec.encode(new Uint8Array(6))).toThrow(RangeError);
});

test('only the padded framing takes padding', () => {
  for (const framing of ['abridged', 'intermediate'] as const) {
    expect(() => frameCodec(framing).encode(new Uint8Array(4), { padding: new Uint8Array(1) })).toThrow(RangeError);
  }
});
