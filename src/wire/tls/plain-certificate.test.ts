import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { concat, fromHex, hex } from '../../kit/bytes.ts';
import { readPlainCertificate } from './plain-certificate.ts';

const SERVER_HELLO = fromHex('02000003aabbcc');
const CERTIFICATE = fromHex('0b00000501020304ff');

function record(...messages: Uint8Array[]): Uint8Array {
  const payload = concat(...messages);
  return concat(Uint8Array.of(0x16, 3, 3, payload.length >> 8, payload.length & 0xff), payload);
}

const TOGETHER = record(SERVER_HELLO, CERTIFICATE);
const APART = concat(record(SERVER_HELLO), record(CERTIFICATE.subarray(0, 3)), record(CERTIFICATE.subarray(3)));

test.each([
  ['one record', TOGETHER],
  ['several', APART],
  ['with more behind it', concat(TOGETHER, record(fromHex('0e000000')))],
])('in %s', (_name, bytes) => {
  const reading = readPlainCertificate(bytes);
  expect(reading.kind === 'match' && hex(reading.message)).toBe(hex(CERTIFICATE));
});

test('each shorter piece needs more', () => {
  for (const bytes of [TOGETHER, APART]) {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readPlainCertificate(bytes.subarray(0, length)).kind).toBe('need-more');
    }
  }
});

test.each([
  ['an alert', '15030300020228'],
  ['text', '485454502f312e3120343030'],
  ['a hello of TLS 1.3, which encrypts what follows', `${hex(record(SERVER_HELLO))}1403030001011703030001ff`],
  ['no certificate', hex(record(SERVER_HELLO, fromHex('0e000000')))],
  ['a client hello', hex(record(fromHex('01000003aabbcc')))],
])('%s shows none', (_name, bytes) => {
  expect(readPlainCertificate(fromHex(bytes)).kind).toBe('reject');
});

test('any bytes never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readPlainCertificate(bytes)));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readPlainCertificate(record(bytes))));
});
