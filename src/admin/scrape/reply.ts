import { concat, utf8 } from '../../kit/bytes.ts';
import { type HeadReading, MAX_HEAD_BYTES } from './request-head.ts';

/** What to answer, before the metrics are rendered. */
export type Answer =
  | { readonly kind: 'metrics'; readonly hasBody: boolean }
  | { readonly kind: 'refusal'; readonly status: RefusalStatus; readonly hasBody: boolean };

type RefusalStatus = 400 | 404 | 405 | 431;
type Status = 200 | RefusalStatus;

const REASONS: Record<Status, string> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
};
const ADVICE: Record<RefusalStatus, string> = {
  400: 'this is no HTTP/1 request: metrics are served as http, not https\n',
  404: 'metrics are at /metrics\n',
  405: 'only GET and HEAD\n',
  431: `the request's head is longer than ${MAX_HEAD_BYTES} bytes\n`,
};
/** The format's own media type; anything else Prometheus would have to guess. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const PLAIN_TYPE = 'text/plain; charset=utf-8';

export function answerTo(head: Exclude<HeadReading, { kind: 'need-more' }>): Answer {
  if (head.kind === 'reject') {
    return { kind: 'refusal', status: head.reason === 'malformed' ? 400 : 431, hasBody: true };
  }
  const { method, path } = head;
  if (path !== '/metrics') return { kind: 'refusal', status: 404, hasBody: method !== 'HEAD' };
  if (method !== 'GET' && method !== 'HEAD') return { kind: 'refusal', status: 405, hasBody: true };
  return { kind: 'metrics', hasBody: method === 'GET' };
}

export function metricsReply(body: Uint8Array, hasBody: boolean, now: Date): Uint8Array {
  const head = headOf(200, METRICS_TYPE, body.length, now);
  return hasBody ? concat(head, body) : head;
}

export function refusalReply(status: RefusalStatus, hasBody: boolean, now: Date): Uint8Array {
  const body = utf8(ADVICE[status]);
  const head = headOf(status, PLAIN_TYPE, body.length, now);
  return hasBody ? concat(head, body) : head;
}

function headOf(status: Status, type: string, bodyBytes: number, now: Date): Uint8Array {
  const fields = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${now.toUTCString()}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bodyBytes}`,
    ...(status === 405 ? ['Allow: GET, HEAD'] : []),
    'Connection: close',
  ];
  return utf8(`${fields.join('\r\n')}\r\n\r\n`);
}
