import type { Fronts } from '../front/fronts.ts';
import { concat } from '../kit/bytes.ts';
import { fillRandom } from '../kit/random.ts';
import { INIT_HEADER_BYTES, type InitHeader, openInitHeader } from '../wire/obfuscated2.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import { RecordReader } from '../wire/tls/records.ts';
import { buildServerFlight } from '../wire/tls/server-flight.ts';
import { makeKeyShare } from './key-share.ts';
import type { Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session-table.ts';

/** An authenticated client's stream, its init header opened. */
export interface Tunnel {
  readonly init: InitHeader;
  /** What followed the header so far, out of its records, still obfuscated by the client. */
  readonly early: Uint8Array;
  /** For fake TLS: where in the records the stream stands. */
  readonly records: RecordReader | null;
}

/** Takes the bare init header, which was opened to authenticate it, off the stream. */
export function bareTunnel(session: Session, init: InitHeader): Tunnel {
  const { reader } = session;
  const early = reader?.bytes.slice(INIT_HEADER_BYTES) ?? new Uint8Array(0);
  reader?.consume(reader.bytes.length);
  return { init, early, records: null };
}

/**
 * Answers a genuine hello with the flight, in one write, and reads the init header inside the client's records.
 * Inside fake TLS any first bytes are legal, the header may be split over records and take its time.
 *
 * @returns the outcome when it comes to nothing; the flight is out by then, so nothing is left but to close
 */
export async function tlsTunnel(
  session: Session,
  hello: ClientHello,
  key: Uint8Array,
  policy: Policy,
  fronts: Fronts,
): Promise<Tunnel | Outcome> {
  const { reader } = session;
  if (reader === null) return 'left';
  const shape = fronts.shapeFor(hello.serverName ?? policy.tls.domains[0] ?? '', hello);
  const share = makeKeyShare(shape.group, fillRandom);
  const flight = buildServerFlight({ hello, key, shape, share, random: fillRandom });
  reader.consume(hello.consumed);
  if (session.client.write(flight) !== flight.length) return 'left';

  session.giveTime(policy.limits.firstByteTimeoutMs);
  const records = new RecordReader();
  let inner: Uint8Array = new Uint8Array(0);
  for (;;) {
    const payload = records.read(reader.bytes);
    reader.consume(reader.bytes.length);
    if (payload === null) return 'bad-header';
    if (inner.length === 0 && payload.length > 0) session.giveTime(policy.limits.handshakeTimeoutMs);
    inner = inner.length === 0 ? payload : concat(inner, payload);
    if (inner.length >= INIT_HEADER_BYTES) break;
    const event = await reader.next();
    if (event !== 'bytes') return event === 'expired' ? 'stalled' : 'left';
  }
  const init = openInitHeader(inner, key);
  return init === null ? 'bad-header' : { init, early: inner.subarray(INIT_HEADER_BYTES), records };
}
