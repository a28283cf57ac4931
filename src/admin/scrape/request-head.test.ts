import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { utf8 } from '../../kit/bytes.ts';
import { MAX_HEAD_BYTES, readRequestHead } from './request-head.ts';

const SCRAPE =
  'GET /metrics HTTP/1.1\r\n' +
  'Host: 127.0.0.1:9090\r\n' +
  'User-Agent: Prometheus/2.42.0+ds\r\n' +
  'Accept: text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n' +
  'Accept-Encoding: gzip\r\n' +
  'X-Prometheus-Scrape-Timeout-Seconds: 10\r\n' +
  '\r\n';

function read(text: string) {
  return readRequestHead(utf8(text));
}

test("Prometheus' request", () => {
  expect(read(SCRAPE)).toEqual({ kind: 'match', method: 'GET', path: '/metrics' });
});

test.each([
  ['HEAD /metrics HTTP/1.0\r\n\r\n', 'HEAD', '/metrics'],
  ['GET /metrics?a=b&c=?d HTTP/1.1\r\nHost: a\r\n\r\n', 'GET', '/metrics'],
  ['GET http://[::1]:9090/metrics HTTP/1.1\r\n\r\n', 'GET', '/metrics'],
  ['GET HTTP://a.example HTTP/1.1\r\n\r\n', 'GET', ''],
  ['get /metrics HTTP/1.1\n\n', 'get', '/metrics'],
  ['OPTIONS * HTTP/1.1\r\n\r\n', 'OPTIONS', '*'],
  ['POST /metrics HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET / HTT', 'POST', '/metrics'],
])('%j', (text, method, path) => {
  expect(read(text)).toEqual({ kind: 'match', method, path });
});

test.each([
  'GET /metrics\r\n\r\n',
  'GET  /metrics HTTP/1.1\r\n\r\n',
  'GET /metrics HTTP/2.0\r\n\r\n',
  'GET /met rics HTTP/1.1\r\n\r\n',
  'GET /m\u00e9trics HTTP/1.1\r\n\r\n',
  'nonsense\r\n\r\n',
])('no request: %j', (text) => {
  expect(read(text)).toEqual({ kind: 'reject', reason: 'malformed' });
});

test('TLS is told from HTTP by its first byte', () => {
  expect(readRequestHead(Uint8Array.of(0x16, 0x03, 0x01))).toEqual({ kind: 'reject', reason: 'malformed' });
});

test('any part of a request needs more', () => {
  for (let length = 0; length < SCRAPE.length; length += 1) {
    expect({ length, ...read(SCRAPE.slice(0, length)) }).toEqual({ length, kind: 'need-more' });
  }
});

test('a head may have as many bytes as the bound says, and no more', () => {
  const headOf = (length: number) => {
    const [start, end] = ['GET /metrics HTTP/1.1\r\nX: ', '\r\n\r\n'];
    return start + 'x'.repeat(length - start.length - end.length) + end;
  };
  expect(read(headOf(MAX_HEAD_BYTES)).kind).toBe('match');
  expect(read(headOf(MAX_HEAD_BYTES + 1))).toEqual({ kind: 'reject', reason: 'too-long' });
  expect(read(`G${'x'.repeat(MAX_HEAD_BYTES)}`)).toEqual({ kind: 'reject', reason: 'too-long' });
});

test('any bytes give a reading', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2 * MAX_HEAD_BYTES }), (bytes) => {
      expect(['need-more', 'match', 'reject']).toContain(readRequestHead(bytes).kind);
    }),
  );
});
