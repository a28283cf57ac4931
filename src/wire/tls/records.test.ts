import { describe, expect, test } from 'bun:test';
import { labelled, vectors } from '../../../test/vectors/vectors.ts';
import { concat, equal, fromHex, hex } from '../../kit/bytes.ts';
import { frameCodec } from '../framing/codec.ts';
import { openInitHeader } from '../obfuscated2.ts';
import { CHANGE_CIPHER_SPEC, MAX_RECORD_PAYLOAD, RecordReader, RecordWriter } from './records.ts';

const { data_phase, secret } = vectors.fake_tls;

/** One application-data record around `payload`. */
function record(payload: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0x17, 3, 3, payload.length >> 8, payload.length & 0xff), payload);
}

function read(reader: RecordReader, chunk: Uint8Array): string | null {
  const payload = reader.read(chunk);
  return payload === null ? null : hex(payload);
}

describe('RecordReader', () => {
  test.each([data_phase.client_first_bytes, data_phase.client_first_bytes_split_header])(
    "finds header and frame in a client's first bytes %#",
    (wire) => {
      const stream = new RecordReader().read(fromHex(wire)) ?? new Uint8Array(0);
      const header = openInitHeader(stream, fromHex(secret));
      expect(header?.framing).toBe(data_phase.inner_transport);
      expect(header?.dc).toBe(data_phase.inner_dc);
      const frame = header?.uplink.apply(stream.subarray(64)) ?? stream;
      expect(hex(frame)).toBe(data_phase.inner_frame_plain);
      const reading = frameCodec('padded').decodeUplink(frame);
      expect(reading.kind === 'frame' && reading.payload.length).toBe(data_phase.inner_payload_after_strip_len);
    },
  );

  test('serves a single record as a view', () => {
    const chunk = concat(CHANGE_CIPHER_SPEC, record(labelled('view', 100)));
    const payload = new RecordReader().read(chunk);
    expect(payload?.buffer).toBe(chunk.buffer);
    expect(payload?.byteOffset).toBe(11);
    expect(payload?.length).toBe(100);
  });

  test('several records in a chunk are moved together in it', () => {
    const chunk = concat(record(fromHex('0102')), CHANGE_CIPHER_SPEC, record(fromHex('03')), record(fromHex('040506')));
    const payload = new RecordReader().read(chunk);
    expect(payload?.buffer).toBe(chunk.buffer);
    expect(hex(payload ?? chunk)).toBe('010203040506');
  });

  test('payload is passed on before its record is whole', () => {
    const reader = new RecordReader();
    expect(read(reader, fromHex('17'))).toBe('');
    expect(read(reader, fromHex('0303'))).toBe('');
    expect(read(reader, fromHex('0000'))).toBe('');
    expect(read(reader, fromHex('1703030004aa'))).toBe('aa');
    expect(read(reader, fromHex('bb'))).toBe('bb');
    expect(read(reader, new Uint8Array(0))).toBe('');
    expect(read(reader, fromHex('ccdd17'))).toBe('ccdd');
    expect(read(reader, fromHex('03030001ee'))).toBe('ee');
  });

  test('a partial record behind a whole one joins it', () => {
    const reader = new RecordReader();
    expect(read(reader, fromHex('1703030001aa1703030003bbcc'))).toBe('aabbcc');
    expect(read(reader, fromHex('dd1403030001'))).toBe('dd');
    expect(read(reader, fromHex('011703030001ff'))).toBe('ff');
  });

  test('the longest legal record passes, one byte more does not', () => {
    expect(new RecordReader().read(record(new Uint8Array(MAX_RECORD_PAYLOAD)))?.length).toBe(MAX_RECORD_PAYLOAD);
    expect(new RecordReader().read(record(new Uint8Array(MAX_RECORD_PAYLOAD + 1)))).toBeNull();
  });

  test.each([
    ['alert', '15030300020100'],
    ['handshake', '1603030001'],
    ['TLS 1.0', '1703010001'],
    ['another major version', '1702030001'],
    ['no record at all', '474554202f'],
    ['a long change-cipher-spec', '1403030002'],
    ['an empty change-cipher-spec', '1403030000'],
  ])('refuses %s, and everything after it', (_, wire) => {
    const reader = new RecordReader();
    expect(read(reader, fromHex(`1703030001aa`))).toBe('aa');
    expect(read(reader, fromHex(wire))).toBeNull();
    expect(read(reader, fromHex('1703030001aa'))).toBeNull();
    expect(read(new RecordReader(), fromHex(`1703030001aa1703030001bb${wire}`))).toBeNull();
    const split = new RecordReader();
    expect(read(split, fromHex(wire).subarray(0, 4))).toBe('');
    expect(read(split, fromHex(wire).subarray(4))).toBeNull();
  });
});

describe('RecordWriter', () => {
  test('writes the records of the vectors', () => {
    const wire = fromHex(data_phase.server_wire_record_size_1425);
    const stream = new RecordReader().read(wire) ?? wire;
    expect(stream.length).toBe(data_phase.server_frame_plain.length / 2);
    expect(hex(new RecordWriter(1425).wrap(stream))).toBe(data_phase.server_wire_record_size_1425);
  });

  test('by default cuts where OpenSSL does', () => {
    const wire = new RecordWriter().wrap(new Uint8Array(16_401 + 2));
    expect(wire.length).toBe(16_401 + 5 + 2 + 5);
    expect(hex(wire.subarray(0, 5))).toBe('1703034011');
    expect(hex(wire.subarray(5 + 16_401))).toBe('17030300020000');
  });

  test.each([
    [0, ''],
    [1, '170303000101'],
    [3, '1703030003010203'],
    [4, '170303000301020317030300' + '0104'],
    [6, '17030300030102031703030003040506'],
  ])('%p bytes at 3 a record', (length, expected) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i + 1);
    expect(hex(new RecordWriter(3).wrap(bytes))).toBe(expected);
  });

  test('all writers share one array', () => {
    const first = new RecordWriter().wrap(fromHex('aa'));
    const second = new RecordWriter(100).wrap(fromHex('bb'));
    expect(second.buffer).toBe(first.buffer);
    expect(hex(first)).toBe('1703030001bb');
  });

  test('a chunk beyond the scratch bound gets an array of its own, and the next does not keep it', () => {
    const writer = new RecordWriter();
    const bytes = new Uint8Array(2 * 1024 * 1024).fill(0x5a);
    const huge = writer.wrap(bytes);
    expect(equal(new RecordReader().read(huge) ?? huge, bytes)).toBe(true);
    const after = writer.wrap(fromHex('aa'));
    expect(after.buffer).not.toBe(huge.buffer);
    expect(after.buffer.byteLength).toBeLessThanOrEqual(1024 * 1024);
  });

  test('grows for a burst', () => {
    const bytes = labelled('burst', 700_000);
    const wire = new RecordWriter().wrap(bytes);
    expect(wire.buffer.byteLength).toBe(1024 * 1024);
    expect(equal(new RecordReader().read(wire) ?? wire, bytes)).toBe(true);
  });

  test.each([0, -1, MAX_RECORD_PAYLOAD + 1, Number.NaN])('refuses a payload limit of %p', (limit) => {
    expect(() => new RecordWriter(limit)).toThrow(RangeError);
  });
});
