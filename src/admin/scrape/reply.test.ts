import { expect, test } from 'bun:test';
import { latin1, utf8 } from '../../kit/bytes.ts';
import { answerTo, metricsReply, refusalReply } from './reply.ts';

const NOW = new Date(1_700_000_000_000);
const BODY = utf8('petrel_users 1\n');
const HEAD =
  'HTTP/1.1 200 OK\r\n' +
  'Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n' +
  'Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n' +
  'Content-Length: 15\r\n' +
  'Connection: close\r\n' +
  '\r\n';

test('metrics, with and without their body', () => {
  expect(latin1(metricsReply(BODY, true, NOW))).toBe(`${HEAD}petrel_users 1\n`);
  expect(latin1(metricsReply(BODY, false, NOW))).toBe(HEAD);
});

test('the length is that of the bytes', () => {
  expect(latin1(metricsReply(utf8('é'), true, NOW))).toContain('Content-Length: 2\r\n');
});

test('a refusal says what is wanted', () => {
  expect(latin1(refusalReply(405, true, NOW))).toBe(
    'HTTP/1.1 405 Method Not Allowed\r\n' +
      'Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n' +
      'Content-Type: text/plain; charset=utf-8\r\n' +
      'Content-Length: 18\r\n' +
      'Allow: GET, HEAD\r\n' +
      'Connection: close\r\n' +
      '\r\n' +
      'only GET and HEAD\n',
  );
});

test.each([
  ['GET', '/metrics', { kind: 'metrics', hasBody: true }],
  ['HEAD', '/metrics', { kind: 'metrics', hasBody: false }],
  ['POST', '/metrics', { kind: 'refusal', status: 405, hasBody: true }],
  ['get', '/metrics', { kind: 'refusal', status: 405, hasBody: true }],
  ['GET', '/', { kind: 'refusal', status: 404, hasBody: true }],
  ['GET', '/metrics/', { kind: 'refusal', status: 404, hasBody: true }],
  ['HEAD', '/', { kind: 'refusal', status: 404, hasBody: false }],
  ['POST', '/', { kind: 'refusal', status: 404, hasBody: true }],
] as const)('%s %s', (method, path, answer) => {
  expect(answerTo({ kind: 'match', method, path })).toEqual(answer);
});

test('what is no request, or too long a one', () => {
  expect(answerTo({ kind: 'reject', reason: 'malformed' })).toMatchObject({ status: 400 });
  expect(answerTo({ kind: 'reject', reason: 'too-long' })).toMatchObject({ status: 431 });
});
