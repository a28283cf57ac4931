import { concat, utf8 } from '../../kit/bytes.ts';
import { ByteReader } from '../../net/byte-reader.ts';
import type { Conn } from '../../net/conn.ts';
import { type Answer, answerTo, metricsReply, refusalReply } from './reply.ts';
import { type HeadReading, MAX_HEAD_BYTES, readRequestHead } from './request-head.ts';
import { sendReply } from './send-reply.ts';

export interface ScrapeLimits {
  /** For the whole head of the request. */
  readonly headMs: number;
  /** For the reply, until the peer has taken it and left. */
  readonly replyMs: number;
}

/** Sessions wait at most about so long for a scrape: then they get a turn. */
const SLICE_MS = 1;

/**
 * One scrape, from the first byte of its request to the end of its connection; it answers once.
 *
 * @param metrics the pieces of the text, made anew for each scrape
 */
export async function serveScrape(
  conn: Conn,
  metrics: () => Iterable<string> | Promise<Iterable<string>>,
  limits: ScrapeLimits,
): Promise<void> {
  const reader = new ByteReader(conn, MAX_HEAD_BYTES);
  const head = await readHead(reader, limits.headMs);
  if (head === null) {
    conn.close();
    return;
  }
  const reply = await replyTo(answerTo(head), metrics);
  reader.release();
  await sendReply(conn, reply, limits.replyMs);
}

/** @returns null when the peer left first or took too long */
async function readHead(
  reader: ByteReader,
  limitMs: number,
): Promise<Exclude<HeadReading, { kind: 'need-more' }> | null> {
  const timer = setTimeout(() => reader.expire(), limitMs);
  try {
    while ((await reader.next()) === 'bytes') {
      const head = readRequestHead(reader.bytes);
      if (head.kind !== 'need-more') return head;
    }
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function replyTo(
  answer: Answer,
  metrics: () => Iterable<string> | Promise<Iterable<string>>,
): Promise<Uint8Array> {
  if (answer.kind === 'refusal') return refusalReply(answer.status, answer.hasBody, new Date());
  return metricsReply(await inSlices(await metrics()), answer.hasBody, new Date());
}

/** Joins the pieces, and lets other events be served in between. */
async function inSlices(pieces: Iterable<string>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sliceStartMs = performance.now();
  for (const piece of pieces) {
    parts.push(utf8(piece));
    if (performance.now() - sliceStartMs < SLICE_MS) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceStartMs = performance.now();
  }
  return concat(...parts);
}
