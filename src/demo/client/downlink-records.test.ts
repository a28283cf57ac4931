import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, fromHex, hex } from '../../kit/bytes.ts';
import { DownlinkRecords } from './downlink-records.ts';

/** Everything that comes out, or null when the stream is refused. */
function read(chunks: Uint8Array[]): string | null {
  const records = new DownlinkRecords();
  const pieces: Uint8Array[] = [];
  for (const chunk of chunks) if (!records.push(chunk, (piece) => pieces.push(piece))) return null;
  return hex(concat(...pieces));
}

test('joins the payloads of application data, wherever the chunks end', () => {
  const stream = fromHex('1703030003aabbcc' + '1703030001dd' + '1703030002eeff');
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const bounds = [0, ...cuts.sort((a, b) => a - b), stream.length];
      expect(read(bounds.slice(1).map((end, i) => stream.subarray(bounds[i], end)))).toBe('aabbccddeeff');
    }),
    { numRuns: 100 },
  );
});

test('takes a record of 16,640 bytes and none that is longer', () => {
  expect(read([concat(fromHex('1703034100'), new Uint8Array(16_640))])?.length).toBe(2 * 16_640);
  expect(read([fromHex('1703034101')])).toBeNull();
});

test.each([
  ['an alert', '15030300020100'],
  ['a change of cipher', '140303000101'],
  ['a handshake message', '1603030001aa'],
  ['an empty record', '1703030000'],
  ['another version', '1703010001aa'],
])('refuses %s', (_what, record) => {
  expect(read([fromHex(record)])).toBeNull();
});
