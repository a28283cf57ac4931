import { expect, test } from 'bun:test';
import { GrowingSizes } from './growing-sizes.ts';
import { RecordWriter, SERVER_RECORD_PAYLOAD } from './records.ts';

const HEADER_BYTES = 5;

/** Payload lengths of the records in `wire`. */
function lengths(wire: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < wire.length; ) {
    const length = (wire[at + 3] << 8) | wire[at + 4];
    found.push(length);
    at += HEADER_BYTES + length;
  }
  return found;
}

test('ten records of a segment, sixteen of 4 KB, then the largest', () => {
  const sizes = lengths(new RecordWriter(new GrowingSizes()).wrap(new Uint8Array(200_000)));
  expect(sizes.slice(0, 10)).toEqual(Array(10).fill(1_400));
  expect(sizes.slice(10, 26)).toEqual(Array(16).fill(4_096));
  expect(sizes.slice(26, -1).every((size) => size === SERVER_RECORD_PAYLOAD)).toBe(true);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(200_000);
});

test('growth goes on over writes, and begins anew after a rest', () => {
  const sizes = new GrowingSizes();
  const writer = new RecordWriter(sizes);
  for (let write = 0; write < 10; write++) expect(lengths(writer.wrap(new Uint8Array(100)))).toEqual([100]);
  expect(lengths(writer.wrap(new Uint8Array(5_000)))).toEqual([4_096, 904]);
  sizes.rest();
  expect(lengths(writer.wrap(new Uint8Array(2_000)))).toEqual([1_400, 600]);
});

test('every byte is there once when the size grows within one write', () => {
  const bytes = Uint8Array.from({ length: 15_000 }, (_, at) => at % 251);
  const wire = new RecordWriter(new GrowingSizes()).wrap(bytes);
  const payload: number[] = [];
  for (let at = 0; at < wire.length; ) {
    const length = (wire[at + 3] << 8) | wire[at + 4];
    payload.push(...wire.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
  }
  expect(Uint8Array.from(payload)).toEqual(bytes);
});

test('no record is longer than a web server makes them', () => {
  const sizes = new GrowingSizes();
  for (let record = 0; record < 100; record++) expect(sizes.next()).toBeLessThanOrEqual(16_401);
});
