import { expect, test } from 'bun:test';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { hex } from './bytes.ts';
import { cidrContains, ipBytes, parseCidr, parseIp } from './ip.ts';

test.each([
  ['127.0.0.1', '7f000001'],
  ['255.255.255.255', 'ffffffff'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::1:2', '20010db8000000000000000000010002'],
  ['fe80::', 'fe800000000000000000000000000000'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['64:ff9b::1.2.3.4', '0064ff9b000000000000000001020304'],
  ['::ffff:10.0.0.1', '0a000001'],
  ['::FFFF:0A00:0001', '0a000001'],
])('%p is the bytes %p', (text, bytes) => {
  expect(hex(parseIp(text) ?? new Uint8Array())).toBe(bytes);
});

test.each([
  '',
  'localhost',
  '1.2.3',
  '1.2.3.256',
  '[::1]',
  'fe80::1%eth0',
  '1.2.3.4/8',
  '1::2::3',
  ':::',
  '1:2:3:4:5:6:7::8',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '01.2.3.4',
])('%p is no address', (text) => {
  expect(parseIp(text)).toBeNull();
});

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.9.9.9/8', '10.0.0.1', true],
  ['192.168.4.0/22', '192.168.7.255', true],
  ['192.168.4.0/22', '192.168.8.0', false],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['2001:db8::/33', '2001:db8:7fff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['::/0', '::ffff:10.0.0.1', false],
])('%p holds %p: %p', (range, address, isInside) => {
  const [cidr, bytes] = [parseCidr(range), parseIp(address)];
  if (cidr === null || bytes === null) throw new Error('both parse');
  expect(cidrContains(cidr, bytes)).toBe(isInside);
});

test.each(['', '/8', '10.0.0.0/', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/8/8', '::ffff:10.0.0.0/95', 'x/8'])(
  '%p is no range',
  (text) => {
    expect(parseCidr(text)).toBeNull();
  },
);

test('what counts as an address is what the runtime counts, but for zones', () => {
  const part = fc.oneof(fc.stringMatching(/^[0-9a-f]{0,5}$/), fc.constantFrom('', '1.2.3.4', '256', '01', '0'));
  const text = fc
    .tuple(fc.array(part, { maxLength: 10 }), fc.constantFrom(':', '.', '::'))
    .map(([parts, by]) => parts.join(by));
  fc.assert(
    fc.property(fc.oneof(text, fc.ipV4(), fc.ipV6()), (text) => {
      expect([text, parseIp(text) !== null]).toEqual([text, isIP(text) !== 0]);
    }),
    { numRuns: 2_000 },
  );
});

test('IPv6 texts with any run of zeros give the bytes they stand for', () => {
  const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
  const cut = fc.tuple(fc.nat(8), fc.nat(8));
  fc.assert(
    fc.property(groups, cut, (given, [a, b]) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const values = given.map((value, index) => (index >= from && index < to ? 0 : value | 1));
      const words = values.map((value) => value.toString(16));
      const text = from === to ? words.join(':') : `${words.slice(0, from).join(':')}::${words.slice(to).join(':')}`;
      expect(hex(ipBytes(text) ?? new Uint8Array())).toBe(values.map((v) => v.toString(16).padStart(4, '0')).join(''));
    }),
    { numRuns: 200 },
  );
});
