import { describe, expect, test } from 'bun:test';
import { fromHex, hex } from '../kit/bytes.ts';
import {
  connectRequest,
  greeting,
  passwordRequest,
  readConnectReply,
  readMethod,
  readPasswordReply,
} from './socks5.ts';

test('greeting', () => {
  expect(hex(greeting(false))).toBe('050100');
  expect(hex(greeting(true))).toBe('05020002');
});

describe('method', () => {
  test.each([
    ['0500', { kind: 'match', method: 'none', consumed: 2 }],
    ['0502ff', { kind: 'match', method: 'password', consumed: 2 }],
    ['', { kind: 'need-more' }],
    ['05', { kind: 'need-more' }],
  ] as const)('%s', (wire, expected) => expect(readMethod(fromHex(wire))).toEqual(expected));

  test.each(['04', '48', '05ff', '0501'])('refuses %s', (wire) =>
    expect(readMethod(fromHex(wire)).kind).toBe('reject'),
  );
});

describe('password', () => {
  test('request', () => {
    expect(hex(passwordRequest('ab', 'xyz'))).toBe('010261620378797a');
    expect(hex(passwordRequest('ü', '€'))).toBe('0102c3bc03e282ac');
    expect(hex(passwordRequest('ab', ''))).toBe('0102616200'); // a user without a password
  });

  test.each([
    ['', 'x'],
    ['', ''],
    ['x'.repeat(256), 'x'],
    ['x'.repeat(256), ''],
    ['x', '€'.repeat(86)],
  ])('a user or password that does not fit is an error of ours %#', (user, password) => {
    expect(() => passwordRequest(user, password)).toThrow(RangeError);
  });

  test('reply', () => {
    expect(readPasswordReply(fromHex('010005'))).toEqual({ kind: 'match', consumed: 2 });
    expect(readPasswordReply(fromHex('01')).kind).toBe('need-more');
    expect(readPasswordReply(fromHex('')).kind).toBe('need-more');
    expect(readPasswordReply(fromHex('0101')).kind).toBe('reject');
    expect(readPasswordReply(fromHex('05')).kind).toBe('reject');
  });
});

describe('connect', () => {
  test.each([
    ['192.0.2.1', 443, '05010001c000020101bb'],
    ['2001:db8::1', 80, '0501000420010db80000000000000000000000010050'],
    ['dc.example', 65535, `050100030a${hex(Buffer.from('dc.example'))}ffff`],
  ])('request for %s', (host, port, wire) => expect(hex(connectRequest(host, port))).toBe(wire));

  test('a name of more than 255 bytes is an error of ours', () => {
    expect(() => connectRequest('a'.repeat(256), 1)).toThrow(RangeError);
    expect(() => connectRequest('', 1)).toThrow(RangeError);
  });

  test.each(['050000017f00000104d2', '0500000300ffff', '05000003036162630050', `05000004${'00'.repeat(18)}`])(
    'reply %s, needed to the last byte',
    (text) => {
      const wire = fromHex(text);
      for (let length = 0; length < wire.length; length++) {
        expect(readConnectReply(wire.subarray(0, length)).kind).toBe('need-more');
      }
      expect(readConnectReply(wire)).toEqual({ kind: 'match', consumed: wire.length });
      expect(readConnectReply(fromHex(`${text}aabb`))).toEqual({ kind: 'match', consumed: wire.length });
    },
  );

  test.each([
    ['0501', /failed/],
    ['0502', /rules/],
    ['0503', /network unreachable/],
    ['0504', /host unreachable/],
    ['0505', /connection refused/],
    ['0506', /expired/],
    ['0507', /command/],
    ['0508', /address type/],
    ['05ff', /failed/],
    ['04', /malformed/],
    ['0500000200', /malformed/],
  ])('refuses %s', (wire, words) => {
    const reading = readConnectReply(fromHex(wire));
    expect(reading.kind === 'reject' && reading.reason).toMatch(words);
  });
});
