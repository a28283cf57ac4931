import { concat } from '../kit/bytes.ts';
import { ByteReader } from '../net/byte-reader.ts';
import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import type { Endpoint } from '../net/endpoint.ts';

export interface SiteAddress {
  readonly endpoint: Endpoint;
  /** A PROXY header that the site wants before anything else. */
  readonly preface: Uint8Array | null;
}

/** What a reader of an answer says of the bytes so far. */
export type Reading<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** @param withinMs the answer is over when nothing more comes for so long; absent: as before */
  | { readonly kind: 'more'; readonly withinMs?: number };

/** Whether more may come: the site has ended, or was silent for too long. */
export type Standing = 'open' | 'ended' | 'silent';

export interface Visit<T> {
  /** What is said to the site. */
  readonly opening: Uint8Array;
  /** How long the site may take for its first bytes. */
  readonly answerMs: number;
  /** @param standing what is not open has to be done */
  readonly read: (bytes: Uint8Array, standing: Standing) => Reading<T>;
}

export type VisitResult<T> =
  | { readonly kind: 'answered'; readonly result: T; readonly ip: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Says something to a site, reads its answer, and leaves as a visitor that changed its mind.
 * @param signal gives the visit up
 */
export async function visitSite<T>(
  { endpoint, preface }: SiteAddress,
  visit: Visit<T>,
  signal: AbortSignal,
): Promise<VisitResult<T>> {
  if (signal.aborted) return { kind: 'unreachable', reason: 'given up' }; // its event is over and would not come again
  const dialing = dial({ endpoint, timeoutMs: CONNECT_TIMEOUT_MS, buffers: { receive: 0, send: 0 } });
  signal.addEventListener('abort', dialing.cancel, { once: true });
  const dialled = await dialing.result;
  signal.removeEventListener('abort', dialing.cancel);
  if (dialled.kind === 'failed') return { kind: 'unreachable', reason: dialled.reason };
  const { conn } = dialled;
  const giveUp = () => conn.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const { ip } = conn.remote;
    const { opening } = visit;
    return {
      kind: 'answered',
      result: await converse(conn, { ...visit, opening: preface === null ? opening : concat(preface, opening) }),
      ip,
    };
  } finally {
    signal.removeEventListener('abort', giveUp);
    conn.close();
  }
}

async function converse<T>(conn: Conn, { opening, answerMs, read }: Visit<T>): Promise<T> {
  const reader = new ByteReader(conn, MAX_ANSWER_BYTES);
  conn.write(opening);
  let timer = setTimeout(() => reader.expire(), answerMs);
  try {
    for (;;) {
      const event = await reader.next();
      const isFull = reader.bytes.length >= MAX_ANSWER_BYTES;
      const reading = read(
        reader.bytes,
        event === 'expired' ? 'silent' : event === 'bytes' && !isFull ? 'open' : 'ended',
      );
      if (reading.kind === 'done') return reading.result;
      if (reading.withinMs === undefined) continue;
      clearTimeout(timer);
      timer = setTimeout(() => reader.expire(), reading.withinMs);
    }
  } finally {
    clearTimeout(timer);
  }
}
