import { describe, expect, test } from 'bun:test';
import { vectors } from '../../test/vectors/vectors.ts';
import { concat, fromHex, hex, latin1, utf8 } from '../kit/bytes.ts';
import { readProxyHeader, writeProxyHeader } from './proxy-header.ts';

const SOURCE = { ip: '192.0.2.77', port: 50123 };
const DESTINATION = { ip: '203.0.113.9', port: 443 };
const SOURCE6 = { ip: '2001:db8::77', port: 50123 };
const DESTINATION6 = { ip: '2001:db8::9', port: 443 };
const NOBODY = { ip: '', port: 0 };

function wireOf(name: string, version: number): string {
  return (
    vectors.proxy_protocol.find((vector) => vector.name === name && vector.version === version)?.wire ?? 'no vector'
  );
}

describe.each(vectors.proxy_protocol)('version $version, $name', (vector) => {
  const bytes = fromHex(vector.wire);
  const source = { ip: vector.src ?? '', port: vector.src_port ?? 0 };
  const destination = source.ip.includes(':') ? DESTINATION6 : DESTINATION;
  const ends = vector.expect === 'use' ? { source, destination } : null;
  const expected = vector.expect === 'reject' ? null : { kind: 'match' as const, ends, consumed: bytes.length };

  test(`reads as: ${vector.expect}`, () => {
    const reading = readProxyHeader(concat(bytes, fromHex('160301')));
    if (expected === null) expect(reading.kind).toBe('reject');
    else expect(reading).toEqual(expected);
  });

  if (expected !== null) {
    test('needs every byte', () => {
      for (let length = 0; length < bytes.length; length++) {
        expect(readProxyHeader(bytes.subarray(0, length)).kind).toBe('need-more');
      }
    });
  }
});

test.each([
  ['HTTP', utf8('GET / HTTP')],
  ['a hello', fromHex('1603010200')],
  ['a first letter only', utf8('Q')],
  ['a blank missing', utf8('PROXYTCP4')],
  ['a line feed alone', utf8('PROXY TCP4 192.0.2.77 203.0.113.9 50123 443\n')],
  ['another family', utf8('PROXY UDP4 192.0.2.77 203.0.113.9 50123 443\r\n')],
  ['an address of another family', utf8('PROXY TCP4 ::1 203.0.113.9 50123 443\r\n')],
  ['a name', utf8('PROXY TCP4 localhost 203.0.113.9 50123 443\r\n')],
  ['a port too high', utf8('PROXY TCP4 192.0.2.77 203.0.113.9 65536 443\r\n')],
  ['a port that is none', utf8('PROXY TCP4 192.0.2.77 203.0.113.9 50123 -1\r\n')],
  ['an empty port', utf8('PROXY TCP4 192.0.2.77 203.0.113.9  443\r\n')],
  ['two blanks', utf8('PROXY TCP4  192.0.2.77 203.0.113.9 50123 443\r\n')],
  ['a field more', utf8('PROXY TCP4 192.0.2.77 203.0.113.9 50123 443 1\r\n')],
  ['a wrong signature', fromHex('0d0a0d0b')],
  ['UDP in version 2', fromHex('0d0a0d0a000d0a515549540a2112000cc000024dcb007109c3cb01bb')],
  ['a short IPv6 body', fromHex('0d0a0d0a000d0a515549540a2121000cc000024dcb007109c3cb01bb')],
  ['a body over the limit, at once', fromHex('0d0a0d0a000d0a515549540a21110401')],
])('refuses %s', (_, bytes) => expect(readProxyHeader(bytes).kind).toBe('reject'));

test('a line of 107 bytes is the longest', () => {
  const line = (length: number) => utf8(`PROXY UNKNOWN ${'x'.repeat(length - 16)}\r\n`);
  expect(readProxyHeader(line(107))).toEqual({ kind: 'match', ends: null, consumed: 107 });
  expect(readProxyHeader(line(108)).kind).toBe('reject');
  expect(readProxyHeader(line(108).subarray(0, 106)).kind).toBe('need-more');
  expect(readProxyHeader(line(108).subarray(0, 107)).kind).toBe('reject');
});

test('unix sockets have no address for us', () => {
  const body = new Uint8Array(216);
  const bytes = concat(fromHex('0d0a0d0a000d0a515549540a213100d8'), body);
  expect(readProxyHeader(bytes)).toEqual({ kind: 'match', ends: null, consumed: bytes.length });
});

describe('writing', () => {
  test('version 1', () => {
    expect(hex(writeProxyHeader(1, SOURCE, DESTINATION))).toBe(wireOf('TCP4', 1));
    expect(hex(writeProxyHeader(1, SOURCE6, DESTINATION6))).toBe(wireOf('TCP6', 1));
    expect(hex(writeProxyHeader(1, NOBODY, DESTINATION))).toBe(wireOf('UNKNOWN', 1));
  });

  test('version 2', () => {
    expect(hex(writeProxyHeader(2, SOURCE, DESTINATION))).toBe(wireOf('TCP4', 2));
    expect(hex(writeProxyHeader(2, SOURCE6, DESTINATION6))).toBe(wireOf('TCP6', 2));
    expect(hex(writeProxyHeader(2, SOURCE, NOBODY))).toBe(wireOf('LOCAL, empty', 2));
  });

  test('an IPv4 client of an IPv6 destination is written as mapped', () => {
    const ends = { source: { ...SOURCE, ip: '::ffff:192.0.2.77' }, destination: DESTINATION6 };
    const mapped = { kind: 'match' as const, ends };
    const first = writeProxyHeader(1, SOURCE, DESTINATION6);
    expect(latin1(first)).toBe('PROXY TCP6 ::ffff:192.0.2.77 2001:db8::9 50123 443\r\n');
    expect(readProxyHeader(first)).toEqual({ ...mapped, consumed: first.length });
    const second = writeProxyHeader(2, SOURCE, DESTINATION6);
    expect(readProxyHeader(second)).toEqual({ ...mapped, consumed: second.length });
  });
});
