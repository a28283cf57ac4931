import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { bytesUpTo, damaged } from '../../../test/property/chunks.ts';
import { concat, fromHex } from '../../kit/bytes.ts';
import { readSiteFlight, type SiteFlightReading } from './site-flight.ts';

const RANDOM = '11'.repeat(32);
const SESSION_ID = `20${'22'.repeat(32)}`;
const SHARE = `00330024001d0020${'33'.repeat(32)}`;
const VERSIONS = '002b00020304';
const TLS13_HELLO = fromHex(`160303007a020000760303${RANDOM}${SESSION_ID}130200002e${VERSIONS}${SHARE}`);
const SHARE_FIRST = fromHex(`160303007a020000760303${RANDOM}${SESSION_ID}130100002e${SHARE}${VERSIONS}`);
const CHANGE = fromHex('140303000101');
const RETRY = fromHex(
  `1603030058020000540303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c${SESSION_ID}130100000c${VERSIONS}003300020018`,
);
const TLS12_HELLO = fromHex(`16030300510200004d0303${RANDOM}${SESSION_ID}c02f000005ff01000100`);
const FLIGHT = concat(TLS13_HELLO, CHANGE, fromHex('1703030003aabbcc'), fromHex('1703030001dd'));

const TLS13_FLIGHT = {
  isTls13: true,
  isRetry: false,
  cipher: 0x1302,
  group: 0x001d,
  extensionOrder: 'versions-first' as const,
  encrypted: [3, 1],
  isCut: false,
};

describe('a site that answers with', () => {
  test.each<[string, Uint8Array, object]>([
    ['TLS 1.3', FLIGHT, TLS13_FLIGHT],
    ['the share first', SHARE_FIRST, { cipher: 0x1301, extensionOrder: 'share-first', encrypted: [] }],
    ['HelloRetryRequest', RETRY, { isTls13: true, isRetry: true, cipher: 0x1301, group: 0x0018 }],
    ['TLS 1.2', TLS12_HELLO, { isTls13: false, isRetry: false, cipher: 0xc02f, group: null }],
    ['TLS 1.2 without extensions', noExtensions(), { isTls13: false, cipher: 0x002f, group: null }],
  ])('%s', (_name, bytes, flight) => {
    expect(readSiteFlight(bytes)).toMatchObject({ kind: 'match', flight });
  });

  test.each<[string, string, string]>([
    ['an alert', '15030300020228', 'TLS alert 40'],
    ['HTTP', '485454502f312e3120343030', 'the answer is not TLS'],
    ['a record that is too long', '1603034101', 'the answer is not TLS'],
    ['encrypted bytes at once', '1703030001aa', 'the answer is not a ServerHello'],
    ['another handshake message', '160303000401000000', 'malformed ServerHello'],
    ['a hello without its fields', '160303000402000000', 'malformed ServerHello'],
    ['an empty record', '1603030000', 'malformed ServerHello'],
  ])('%s', (_name, bytes, reason) => {
    expect(readSiteFlight(fromHex(bytes))).toEqual({ kind: 'reject', reason });
  });

  test('extensions that do not add up', () => {
    const bytes = new Uint8Array(TLS13_HELLO);
    bytes[TLS13_HELLO.length - 33] += 1; // the share's length
    bytes[TLS13_HELLO.length - 37] += 1; // its extension's
    expect(readSiteFlight(bytes)).toEqual({ kind: 'reject', reason: 'malformed ServerHello' });
  });
});

/** 02 | length | 03 03 | random | empty session id | suite | no compression */
function noExtensions(): Uint8Array {
  return fromHex(`160303002a020000260303${RANDOM}00002f00`);
}

test('every piece of a flight says what has come so far', () => {
  const whole = [0, 1, 2, 3].map((count) => FLIGHT.length - [20, 14, 6, 0][count]);
  expect(whole).toEqual([127, 133, 141, 147]); // ends of the records
  for (let length = 0; length < FLIGHT.length; length++) {
    const reading = readSiteFlight(FLIGHT.subarray(0, length));
    if (length < 127) expect(reading).toEqual({ kind: 'need-more' });
    else {
      const encrypted = length >= 141 ? [3] : [];
      expect(reading).toEqual({
        kind: 'match',
        flight: { ...TLS13_FLIGHT, encrypted, isCut: !whole.includes(length) },
      });
    }
  }
});

test('more records than any flight has are not read: the answer is cut', () => {
  const bytes = concat(TLS13_HELLO, ...Array.from({ length: 100 }, () => CHANGE));
  expect(readSiteFlight(bytes)).toMatchObject({ kind: 'match', flight: { isCut: true, encrypted: [] } });
});

test('whatever comes, it is read without a fault and left as it was', () => {
  const any = fc.oneof(damaged(FLIGHT), damaged(RETRY), damaged(TLS12_HELLO), bytesUpTo(300));
  fc.assert(
    fc.property(any, (bytes) => {
      const before = bytes.slice();
      const reading: SiteFlightReading = readSiteFlight(bytes);
      expect(bytes).toEqual(before);
      if (reading.kind !== 'match') return;
      const { encrypted } = reading.flight;
      expect(encrypted.reduce((sum, length) => sum + 5 + length, 0)).toBeLessThan(bytes.length);
    }),
    { numRuns: 500 },
  );
});
