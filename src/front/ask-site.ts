import { concat } from '../kit/bytes.ts';
import { ByteReader } from '../net/byte-reader.ts';
import { dial } from '../net/dial.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { readSiteFlight, type SiteFlight } from '../wire/tls/site-flight.ts';

export type SiteAnswer = { kind: 'answered'; flight: SiteFlight } | { kind: 'failed'; reason: string };

/** Begins the reason where nobody answers at all. */
export const UNREACHED = 'cannot be reached: ';

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** A site that has been silent so long after its first encrypted record has said all. */
const QUIET_MS = 400;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface SiteAddress {
  readonly endpoint: Endpoint;
  /** A PROXY header that the site wants before anything else. */
  readonly preface: Uint8Array | null;
}

/**
 * Sends one hello to a site and waits until its answer is whole; then leaves, as a visitor that changed its mind.
 * @param signal gives the question up
 */
export async function askSite(
  { endpoint, preface }: SiteAddress,
  hello: Uint8Array,
  signal: AbortSignal,
): Promise<SiteAnswer> {
  if (signal.aborted) return { kind: 'failed', reason: 'given up' }; // its event is over and would not come again
  const dialing = dial({ endpoint, timeoutMs: CONNECT_TIMEOUT_MS, buffers: { receive: 0, send: 0 } });
  signal.addEventListener('abort', dialing.cancel, { once: true });
  const dialled = await dialing.result;
  signal.removeEventListener('abort', dialing.cancel);
  if (dialled.kind === 'failed') return { kind: 'failed', reason: UNREACHED + dialled.reason };
  const { conn } = dialled;
  const reader = new ByteReader(conn, MAX_ANSWER_BYTES);
  conn.write(preface === null ? hello : concat(preface, hello));
  const giveUp = () => conn.close();
  signal.addEventListener('abort', giveUp, { once: true });
  let timer = setTimeout(() => reader.expire(), ANSWER_TIMEOUT_MS);
  try {
    for (;;) {
      const event = await reader.next();
      const reading = readSiteFlight(reader.bytes);
      if (reading.kind === 'reject') return { kind: 'failed', reason: reading.reason };
      const flight = reading.kind === 'match' ? reading.flight : null;
      if (event !== 'bytes')
        return flight === null ? { kind: 'failed', reason: 'no answer' } : { kind: 'answered', flight };
      if (flight === null || flight.isCut) continue;
      clearTimeout(timer);
      timer = setTimeout(() => reader.expire(), QUIET_MS);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    conn.close();
  }
}
