import { latin1 } from '../../kit/bytes.ts';

/** A scrape's head has some 300 bytes. */
export const MAX_HEAD_BYTES = 4096;

export type HeadReading =
  | { readonly kind: 'need-more' }
  | { readonly kind: 'match'; readonly method: string; readonly path: string }
  | { readonly kind: 'reject'; readonly reason: 'malformed' | 'too-long' };

const REQUEST_LINE = /^([!-~]+) ([!-~]+) HTTP\/1\.[01]$/;
const HEAD_END = /\r?\n\r?\n/;
const AUTHORITY = /^https?:\/\/[^/?]*/i;

/**
 * Reads the head of an HTTP/1 request: method and path. No header field changes the answer, and a body is not for us.
 *
 * @param bytes what has come so far; what follows the head is not looked at
 * @see RFC 9112, sections 2.2 (bare line feeds), 3 and 3.2.2 (targets with a host)
 */
export function readRequestHead(bytes: Uint8Array): HeadReading {
  const text = latin1(bytes.subarray(0, MAX_HEAD_BYTES));
  if (/^[^!-~]/.test(text)) return { kind: 'reject', reason: 'malformed' }; // TLS, say: told at once, not after a time limit
  const end = HEAD_END.exec(text);
  if (end === null)
    return text.length < MAX_HEAD_BYTES ? { kind: 'need-more' } : { kind: 'reject', reason: 'too-long' };
  const [line = ''] = text.slice(0, end.index).split(/\r?\n/, 1);
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) return { kind: 'reject', reason: 'malformed' };
  return { kind: 'match', method, path: target.replace(AUTHORITY, '').replace(/\?.*$/, '') };
}
