import { concat, type Random } from '../kit/bytes.ts';
import { ByteReader } from '../net/byte-reader.ts';
import type { Conn } from '../net/conn.ts';
import { CtrCipher } from '../wire/ctr.ts';
import { frameCodec } from '../wire/framing/codec.ts';
import { buildInitHeader } from '../wire/obfuscated2.ts';
import { NONCE_BYTES, readResPq, reqPqMulti } from '../wire/req-pq.ts';

export type PqAnswer =
  | {
      kind: 'answered';
      /** From the question to its answer. */
      tookMs: number;
      /** How far the data centre's clock is ahead of ours; negative: behind. */
      aheadMs: number;
    }
  | { kind: 'silent' }
  /** The other side closed or reset the connection. */
  | { kind: 'closed' }
  /** What answers is no data centre. */
  | { kind: 'foreign'; reason: string };

export interface PqQuestion {
  /** Signed id for the init header. */
  readonly dc: number;
  readonly limitMs: number;
  readonly random: Random;
  readonly now: () => number;
}

/** What fake-TLS clients speak behind the proxy. */
const FRAMING = 'padded';
const codec = frameCodec(FRAMING);
/** Random bytes behind the question, as apps add them: 0 to 15. */
const MAX_PADDING = 15;
/** Far above any answer (some 100 bytes); what is longer is none. */
const MAX_ANSWER_BYTES = 1024;

/** Sends an init header and req_pq on a fresh connection to a data centre and waits for its answer; then closes. */
export async function askPq(conn: Conn, { dc, limitMs, random, now }: PqQuestion): Promise<PqAnswer> {
  const reader = new ByteReader(conn, MAX_ANSWER_BYTES);
  const header = buildInitHeader({ framing: FRAMING, dc, random });
  const nonce = random(NONCE_BYTES);
  const padding = random((random(1)[0] ?? 0) % (MAX_PADDING + 1));
  const [sentAtMs, clockAtMs] = [performance.now(), now()];
  conn.write(concat(header.wire, header.uplink.apply(codec.encode(reqPqMulti(nonce, clockAtMs), { padding }))));
  const timer = setTimeout(() => reader.expire(), limitMs);
  try {
    const answer = await firstFrame(reader, new CtrCipher(header.downlinkKey));
    if (answer.kind !== 'frame') return answer;
    const tookMs = performance.now() - sentAtMs;
    const reading = readResPq(answer.payload, nonce);
    if (reading.kind === 'reject') return { kind: 'foreign', reason: reading.reason };
    // The server looked at its clock about half-way between question and answer.
    return { kind: 'answered', tookMs, aheadMs: reading.serverMs - (clockAtMs + tookMs / 2) };
  } finally {
    clearTimeout(timer);
    conn.close();
  }
}

type FirstFrame = { kind: 'frame'; payload: Uint8Array } | Exclude<PqAnswer, { kind: 'answered' }>;

async function firstFrame(reader: ByteReader, downlink: CtrCipher): Promise<FirstFrame> {
  let plain: Uint8Array = new Uint8Array(0);
  for (;;) {
    const event = await reader.next();
    if (event === 'expired') return { kind: 'silent' };
    if (event !== 'bytes') return { kind: 'closed' };
    plain = concat(plain, downlink.apply(reader.bytes));
    reader.consume(reader.bytes.length);
    const reading = codec.decodeDownlink(plain, MAX_ANSWER_BYTES);
    if (reading.kind === 'frame') return reading;
    if (reading.kind === 'reject') return { kind: 'foreign', reason: reading.reason };
    if (reading.kind === 'quick-ack') return { kind: 'foreign', reason: 'a quick ack that nobody asked for' };
  }
}
