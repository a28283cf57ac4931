import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { signedHello } from '../../test/support/hellos.ts';
import { concat, utf8 } from '../kit/bytes.ts';
import { systemRandom } from '../kit/random.ts';
import { INIT_HEADER_BYTES } from '../wire/obfuscated2.ts';
import { identify } from './identify.ts';

const ALL = { classic: true, secure: true, tls: true };
const BARE = { classic: false, secure: true, tls: false };
const TLS = { classic: false, secure: false, tls: true };
const HELLO = signedHello();
/** 64 bytes that look like nothing in particular. */
const HEADER = new Uint8Array(INIT_HEADER_BYTES).fill(0xaa);

test('a hello is known when it is whole, wherever it is cut before', () => {
  for (let length = 0; length < HELLO.length; length += 37) {
    expect(identify(HELLO.subarray(0, length), ALL).kind).toBe('need-more');
    expect(identify(HELLO.subarray(0, length), TLS).kind).toBe('need-more');
  }
  for (const modes of [ALL, TLS]) {
    const identity = identify(concat(HELLO, utf8('and more')), modes);
    expect(identity.kind).toBe('hello');
    if (identity.kind === 'hello') expect(identity.hello.consumed).toBe(HELLO.length);
  }
});

test('any 64 other bytes are a header', () => {
  for (let length = 0; length < INIT_HEADER_BYTES; length += 1) {
    expect(identify(HEADER.subarray(0, length), ALL).kind).toBe('need-more');
  }
  const identity = identify(concat(HEADER, utf8('and a frame')), ALL);
  expect(identity).toEqual({ kind: 'header', header: HEADER });
});

test('where only fake TLS is served, the first other byte tells a stranger', () => {
  expect(identify(HEADER.subarray(0, 1), TLS).kind).toBe('stranger');
  expect(identify(Uint8Array.of(0x16), TLS).kind).toBe('need-more');
  expect(identify(Uint8Array.of(0x16, 0x04), TLS).kind).toBe('stranger');
});

test('where fake TLS is off, a hello is no hello', () => {
  expect(identify(HELLO.subarray(0, 63), BARE).kind).toBe('need-more');
  expect(identify(HELLO, BARE)).toEqual({ kind: 'header', header: HELLO.subarray(0, INIT_HEADER_BYTES) });
});

test('bytes that only begin like TLS may still be a header', () => {
  const header = concat(Uint8Array.of(0x16, 0x03, 0x01, 0xff, 0xff), systemRandom(59).fill(0x55, 0, 10));
  expect(identify(header, ALL)).toEqual({ kind: 'header', header });
  expect(identify(header, TLS).kind).toBe('stranger');
  expect(identify(concat(Uint8Array.of(0x16, 0x03, 0x03), systemRandom(61).fill(0xff, 0, 2)), BARE).kind).toBe(
    'header',
  );
});

test.each([
  ['GET / HTTP/1.1\r\n', 'stranger'],
  ['GET ', 'stranger'],
  ['POST /', 'stranger'],
  ['HEAD', 'stranger'],
  ['OPTIONS * HTTP/1.1', 'stranger'],
  ['GET', 'need-more'],
  ['SSH-2.0-OpenSSH_9.6\r\n', 'stranger'],
  ['hello\n', 'stranger'],
  ['hello', 'need-more'],
  ['\r\n\r\n', 'stranger'],
  ['\n', 'need-more'],
])('%j from somebody who may be waiting for an answer: %s', (text, kind) => {
  expect(identify(utf8(text), ALL).kind).toBe(kind as 'stranger');
  expect(identify(utf8(text), BARE).kind).toBe(kind as 'stranger');
});

test('whatever comes, it is decided at 64 bytes unless it is the beginning of a hello', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: INIT_HEADER_BYTES, maxLength: 300 }), (bytes) => {
      const isTls = bytes[0] === 0x16 && bytes[1] === 0x03;
      expect(['hello', 'header', isTls ? 'need-more' : 'header']).toContain(identify(bytes, ALL).kind);
      if (!isTls) expect(identify(bytes, TLS).kind).toBe('stranger');
    }),
  );
});
