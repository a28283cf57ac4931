import { timingSafeEqual } from 'node:crypto';
import { concat, equal, type RandomFill } from '../../kit/bytes.ts';
import { u16be } from '../octets.ts';
import { ByteWriter } from './byte-writer.ts';
import { type ClientHello, helloRandom } from './client-hello.ts';
import { FieldReader } from './field-reader.ts';
import {
  EXTENSION,
  GROUP,
  HANDSHAKE_TYPE,
  LENGTH_OFFSET,
  RANDOM_BYTES,
  RANDOM_OFFSET,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  SESSION_ID_LENGTH_OFFSET,
  TLS12,
  TLS13,
} from './layout.ts';
import { CHANGE_CIPHER_SPEC } from './records.ts';

/** How the fronted site answers, as far as a flight can show it. */
export interface FlightShape {
  cipher: number;
  group: typeof GROUP.x25519 | typeof GROUP.x25519MlKem768;
  extensionOrder: 'share-first' | 'versions-first';
  /** Payload bytes of the one application-data record: 1 to 10240, or iOS hangs up. */
  encryptedLength: number;
}

/** Longer records make iOS hang up. */
const MAX_CLIENT_RECORD = 10_240;
/** What the flight has beside share and noise: headers, session id, extensions. */
const MAX_OVERHEAD_BYTES = 160;
const SHARE_BYTES = { [GROUP.x25519]: 32, [GROUP.x25519MlKem768]: 1120 } as const;

const scratch = new Uint8Array(MAX_OVERHEAD_BYTES + SHARE_BYTES[GROUP.x25519MlKem768] + MAX_CLIENT_RECORD);

/**
 * Makes the server's first three records, to be sent in one write: ServerHello, change-cipher-spec and one record of noise.
 *
 *   5      6        9         11              43
 *   | 02 | length | 03 03   | server random | session id | cipher | 00 | extensions |  14 03 03 00 01 01  17 03 03 | noise
 *
 * The server random signs client random and flight, by which the client knows us.
 *
 * @param options `share` has 32 bytes for X25519, 1120 for X25519MLKEM768
 * @returns a view of a scratch buffer: valid until the next call
 * @throws RangeError when the share does not fit its group
 * @see protocol notes, "4.4 Server flight"
 */
export function buildServerFlight(options: {
  hello: ClientHello;
  key: Uint8Array;
  shape: FlightShape;
  share: Uint8Array;
  random: RandomFill;
}): Uint8Array {
  const { hello, key, shape, share, random } = options;
  if (share.length !== SHARE_BYTES[shape.group]) {
    throw new RangeError(`a share of ${share.length} bytes does not fit group ${shape.group.toString(16)}`);
  }
  const flight = new ByteWriter(scratch);
  flight.u8(RECORD_TYPE.handshake).u16(TLS12);
  flight.vector16(() => writeServerHello(flight, hello.sessionId, shape, share));
  flight.bytes(CHANGE_CIPHER_SPEC);
  flight.u8(RECORD_TYPE.applicationData).u16(TLS12);
  flight.vector16(() => flight.random(shape.encryptedLength, random));
  const bytes = flight.done();
  bytes.set(flightDigest(key, helloRandom(hello.record), bytes), RANDOM_OFFSET);
  return bytes;
}

function writeServerHello(flight: ByteWriter, sessionId: Uint8Array, shape: FlightShape, share: Uint8Array): void {
  const keyShare = () => {
    flight.u16(EXTENSION.keyShare);
    flight.vector16(() => {
      flight.u16(shape.group);
      flight.vector16(() => flight.bytes(share));
    });
  };
  const versions = () => {
    flight.u16(EXTENSION.versions);
    flight.vector16(() => flight.u16(TLS13));
  };
  flight.u8(HANDSHAKE_TYPE.serverHello);
  flight.vector24(() => {
    flight.u16(TLS12).zeros(RANDOM_BYTES);
    flight.vector8(() => flight.bytes(sessionId));
    flight.u16(shape.cipher).u8(NO_COMPRESSION);
    flight.vector16(() => {
      if (shape.extensionOrder === 'share-first') keyShare();
      versions();
      if (shape.extensionOrder === 'versions-first') keyShare();
    });
  });
}

const NO_COMPRESSION = 0;

/** Over client random and flight, the flight's own random still zero. */
function flightDigest(key: Uint8Array, clientRandom: Uint8Array, flight: Uint8Array): Uint8Array {
  return new Bun.CryptoHasher('sha256', key).update(clientRandom).update(flight).digest();
}

export type ServerFlightReading =
  | { kind: 'need-more' }
  | { kind: 'match'; consumed: number; cipher: number; group: number }
  | { kind: 'reject'; reason: string };

const FLIGHT_START = Uint8Array.of(0x16, 0x03, 0x03);
const FLIGHT_MIDDLE = concat(CHANGE_CIPHER_SPEC, Uint8Array.of(0x17, 0x03, 0x03));
const MIN_SERVER_HELLO = SESSION_ID_LENGTH_OFFSET - RECORD_HEADER_BYTES + 1;
const LENGTH_BYTES = 2;

/**
 * Checks a server's flight as the strictest clients do (TDLib for its order, iOS for its lengths).
 *
 * @param clientRandom the 32 bytes of the signed hello
 * @returns the flight's length, and the cipher and group it names, which no client looks at
 * @see protocol notes, "4.5 What clients verify"
 */
export function readServerFlight(bytes: Uint8Array, key: Uint8Array, clientRandom: Uint8Array): ServerFlightReading {
  if (!startsAs(bytes, 0, FLIGHT_START)) return { kind: 'reject', reason: 'no ServerHello' };
  if (bytes.length < RECORD_HEADER_BYTES) return { kind: 'need-more' };
  const helloBytes = u16be(bytes, LENGTH_OFFSET);
  if (helloBytes < MIN_SERVER_HELLO || helloBytes > MAX_CLIENT_RECORD) {
    return { kind: 'reject', reason: `ServerHello record of ${helloBytes} bytes` };
  }
  const middle = RECORD_HEADER_BYTES + helloBytes;
  if (!startsAs(bytes, middle, FLIGHT_MIDDLE)) return { kind: 'reject', reason: 'other records than expected' };
  const noise = middle + FLIGHT_MIDDLE.length + LENGTH_BYTES;
  if (bytes.length < noise) return { kind: 'need-more' };
  const noiseBytes = u16be(bytes, noise - LENGTH_BYTES);
  if (noiseBytes > MAX_CLIENT_RECORD)
    return { kind: 'reject', reason: `application-data record of ${noiseBytes} bytes` };
  const consumed = noise + noiseBytes;
  if (bytes.length < consumed) return { kind: 'need-more' };
  return verified(bytes.subarray(0, consumed), key, clientRandom, helloBytes);
}

/** Whether `bytes` at `at` are `expected`, as far as they have come. */
function startsAs(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  const seen = bytes.subarray(at, at + expected.length);
  return equal(seen, expected.subarray(0, seen.length));
}

function verified(
  flight: Uint8Array,
  key: Uint8Array,
  clientRandom: Uint8Array,
  helloBytes: number,
): ServerFlightReading {
  const unsigned = new Uint8Array(flight);
  const claimed = unsigned.slice(RANDOM_OFFSET, SESSION_ID_LENGTH_OFFSET);
  unsigned.fill(0, RANDOM_OFFSET, SESSION_ID_LENGTH_OFFSET);
  if (!timingSafeEqual(claimed, flightDigest(key, clientRandom, unsigned))) {
    return { kind: 'reject', reason: 'the server does not know the secret' };
  }
  const fields = new FieldReader(flight.subarray(SESSION_ID_LENGTH_OFFSET, RECORD_HEADER_BYTES + helloBytes));
  fields.fields8(); // session id
  const cipher = fields.u16();
  fields.u8(); // compression
  const group = groupOf(fields.fields16());
  if (fields.failed || group === null) return { kind: 'reject', reason: 'malformed ServerHello' };
  return { kind: 'match', consumed: flight.length, cipher, group };
}

function groupOf(extensions: FieldReader): number | null {
  while (!extensions.done) {
    const type = extensions.u16();
    const body = extensions.fields16();
    if (type === EXTENSION.keyShare) return body.u16();
  }
  return null;
}
