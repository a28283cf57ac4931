import { describe, expect, test } from 'bun:test';
import { vectors } from '../../../test/vectors/vectors.ts';
import { fromHex, hex } from '../../kit/bytes.ts';
import { HelloDigest, signHello } from './hello-digest.ts';

const { client_hellos, rejects, restamped, secret, timestamp } = vectors.fake_tls;
const KEY = fromHex(secret);
const FIRST = client_hellos[0].client_hello;

describe.each(client_hellos)('$name', (vector) => {
  const record = fromHex(vector.client_hello);

  test('tells the time of the key that signed it', () => {
    const digest = new HelloDigest(record);
    expect(digest.timestampFor(KEY)).toBe(vector.timestamp);
    expect(digest.timestampFor(fromHex('11'.repeat(16)))).toBeNull();
    expect(digest.timestampFor(KEY)).toBe(timestamp);
  });

  test('is signed to the same bytes, whatever stood in the random', () => {
    const before = hex(record);
    expect(hex(signHello(record, KEY, vector.timestamp))).toBe(vector.client_hello);
    expect(hex(record)).toBe(before);
  });

  test('at time 0 the random is the plain HMAC', () => {
    expect(hex(signHello(record, KEY, 0).subarray(11, 43))).toBe(vector.hmac_full);
  });
});

test.each(rejects)('$name', ({ patch, secret: key, hmac_ok, timestamp_seen }) => {
  const record = fromHex(FIRST);
  if (patch) record[patch.offset] ^= Number.parseInt(patch.xor, 16);
  const seen = new HelloDigest(record).timestampFor(key ? fromHex(key) : KEY);
  if (hmac_ok) expect(seen).toBe(timestamp_seen ?? -1);
  else expect(seen).toBeNull();
});

test('each of the 28 digest bytes counts', () => {
  for (let offset = 11; offset < 39; offset++) {
    const record = fromHex(FIRST);
    record[offset] ^= 0x80;
    expect(new HelloDigest(record).timestampFor(KEY)).toBeNull();
  }
});

test('the time can be changed without the secret', () => {
  expect(new HelloDigest(fromHex(restamped.client_hello)).timestampFor(KEY)).toBe(restamped.timestamp_seen);
});

test('times beyond 31 bits stay positive', () => {
  const record = signHello(fromHex(FIRST), KEY, 0xfffffff0);
  expect(new HelloDigest(record).timestampFor(KEY)).toBe(0xfffffff0);
});

test('the record may be reused afterwards', () => {
  const record = fromHex(FIRST);
  const digest = new HelloDigest(record);
  record.fill(0);
  expect(digest.timestampFor(KEY)).toBe(timestamp);
});

test('no digest of what is no hello', () => {
  expect(() => new HelloDigest(new Uint8Array(42))).toThrow(RangeError);
});
