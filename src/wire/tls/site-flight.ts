import { equal, fromHex } from '../../kit/bytes.ts';
import { u16be } from '../octets.ts';
import { FieldReader } from './field-reader.ts';
import {
  EXTENSION,
  HANDSHAKE_HEADER_BYTES,
  HANDSHAKE_TYPE,
  LENGTH_OFFSET,
  RANDOM_OFFSET,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  SESSION_ID_LENGTH_OFFSET,
  TLS13,
  VERSION_MAJOR,
} from './layout.ts';

/** What a real server's first answer shows without any key. */
export interface SiteFlight {
  /** False: TLS 1.2 or older. */
  isTls13: boolean;
  /** HelloRetryRequest: the server wants another key share, which no fake flight can imitate. */
  isRetry: boolean;
  cipher: number;
  /** Of the key share; null when there is none. */
  group: number | null;
  extensionOrder: 'share-first' | 'versions-first';
  /** Payload bytes of the whole application-data records so far. */
  encrypted: number[];
  /** Bytes behind the last whole record: more is on its way. */
  isCut: boolean;
}

export type SiteFlightReading =
  | { kind: 'need-more' }
  | { kind: 'match'; flight: SiteFlight }
  | { kind: 'reject'; reason: string };

/** A record no TLS 1.3 server may exceed, and more than any flight has. */
const MAX_RECORD = 16_384 + 256;
const MAX_RECORDS = 64;
/** The random that marks a HelloRetryRequest (RFC 8446, 4.1.3). */
const RETRY_RANDOM = fromHex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c');

/**
 * Reads what a site answered to a hello, as far as it has come. Whether more will come only time can tell: ask again
 * with all bytes until the site has been silent for a while.
 *
 *   16 ServerHello | 14 change-cipher-spec | 17 encrypted ... (one record or several)
 *
 * @see protocol notes, "4.7 What a real TLS 1.3 server does"
 */
export function readSiteFlight(bytes: Uint8Array): SiteFlightReading {
  let flight: SiteFlight | null = null;
  let at = 0;
  for (let record = 0; record < MAX_RECORDS; record++) {
    if (bytes.length - at < RECORD_HEADER_BYTES) break;
    const length = u16be(bytes, at + LENGTH_OFFSET);
    if (bytes[at + 1] !== VERSION_MAJOR || length > MAX_RECORD)
      return { kind: 'reject', reason: 'the answer is not TLS' };
    const end = at + RECORD_HEADER_BYTES + length;
    if (bytes.length < end) break;
    const type = bytes[at];
    if (flight === null) {
      if (type !== RECORD_TYPE.handshake) return { kind: 'reject', reason: refusal(type, bytes.subarray(at, end)) };
      flight = serverHello(bytes.subarray(at, end));
      if (flight === null) return { kind: 'reject', reason: 'malformed ServerHello' };
    } else if (type === RECORD_TYPE.applicationData) flight.encrypted.push(length);
    at = end;
  }
  if (flight === null) return { kind: 'need-more' };
  flight.isCut = at < bytes.length;
  return { kind: 'match', flight };
}

const ALERT_CODE_OFFSET = RECORD_HEADER_BYTES + 1;

function refusal(type: number, record: Uint8Array): string {
  return type === RECORD_TYPE.alert ? `TLS alert ${record[ALERT_CODE_OFFSET]}` : 'the answer is not a ServerHello';
}

/** @param record one whole handshake record; what follows the hello in it is not looked at */
function serverHello(record: Uint8Array): SiteFlight | null {
  if (record[RECORD_HEADER_BYTES] !== HANDSHAKE_TYPE.serverHello) return null;
  if (record.length < RECORD_HEADER_BYTES + HANDSHAKE_HEADER_BYTES + SESSION_ID_LENGTH_OFFSET - RANDOM_OFFSET)
    return null;
  const random = record.subarray(RANDOM_OFFSET, SESSION_ID_LENGTH_OFFSET);
  const fields = new FieldReader(record, SESSION_ID_LENGTH_OFFSET);
  fields.fields8(); // session id
  const cipher = fields.u16();
  fields.u8(); // compression
  const extensions = fields.done ? new FieldReader(record, 0, 0) : fields.fields16();
  const flight: SiteFlight = {
    isTls13: false,
    isRetry: equal(random, RETRY_RANDOM),
    cipher,
    group: null,
    extensionOrder: 'versions-first',
    encrypted: [],
    isCut: false,
  };
  while (!extensions.done) {
    const type = extensions.u16();
    const body = extensions.fields16();
    if (type === EXTENSION.versions) flight.isTls13 = body.u16() === TLS13;
    if (type === EXTENSION.keyShare) {
      flight.group = body.u16();
      flight.extensionOrder = flight.isTls13 ? 'versions-first' : 'share-first';
    }
  }
  return fields.failed || extensions.failed ? null : flight;
}
