import { latin1 } from '../../kit/bytes.ts';
import { putU16be } from '../octets.ts';
import { FieldReader } from './field-reader.ts';
import { isGrease } from './grease.ts';
import { gatherHello, type HelloPrefix } from './hello-records.ts';
import { helloFault, SESSION_ID_AT } from './hello-shape.ts';
import {
  EXTENSION,
  LENGTH_OFFSET,
  RANDOM_BYTES,
  RANDOM_OFFSET,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  TLS13,
  VERSION_MAJOR,
} from './layout.ts';

export { MAX_HELLO_BYTES, MAX_HELLO_RECORDS } from './hello-records.ts';

/** What a server needs of a client hello; the byte arrays are views of `record`. */
export interface ClientHello {
  /** The one record that the client signed: a view when it came so, else put together under the header `16 03 01`. */
  record: Uint8Array;
  /** Bytes read of the stream. */
  consumed: number;
  /** 0 to 32 bytes. */
  sessionId: Uint8Array;
  /** In the client's order, without GREASE. */
  cipherSuites: number[];
  /** Lower-case; null when absent or no host name. */
  serverName: string | null;
  /** Without GREASE. */
  groups: number[];
  /** Without GREASE; lengths in bytes. */
  keyShares: { group: number; length: number }[];
  alpn: string[];
  supportsTls13: boolean;
}

export type ClientHelloReading =
  | { kind: 'need-more' }
  | { kind: 'match'; hello: ClientHello }
  | { kind: 'reject'; reason: string };

const NEED_MORE: ClientHelloReading = { kind: 'need-more' };
const REPLAY_KEY_BYTES = 16;

/**
 * Reads the client hello at the start of a stream, in one TLS record or split over several.
 *
 * Any client's hello matches; whether it is one of ours is for `HelloDigest` to say. What follows the hello is not looked at.
 *
 * @param bytes everything that has come so far; not modified. To be called again with more after `need-more`
 * @returns `reject` as soon as the bytes can no longer become a hello
 * @see protocol notes, "4.1 ClientHello common skeleton"
 */
export function readClientHello(bytes: Uint8Array): ClientHelloReading {
  const prefix = gatherHello(bytes);
  if (prefix.kind === 'reject') return prefix;
  const { message, length } = prefix;
  if (length === null) return NEED_MORE;
  const fault = helloFault(message, length);
  if (fault !== null) return { kind: 'reject', reason: fault };
  if (message.length < length) return NEED_MORE;
  const hello = helloOf(prefix, bytes);
  return hello === null ? { kind: 'reject', reason: 'malformed extension' } : { kind: 'match', hello };
}

/** Reads a message whose outline has been checked; null when an extension's own lengths do not add up. */
function helloOf({ message, records, consumed }: HelloPrefix, bytes: Uint8Array): ClientHello | null {
  const record = records === 1 ? bytes.subarray(0, consumed) : recordOf(message);
  const fields = new FieldReader(record, RECORD_HEADER_BYTES + SESSION_ID_AT);
  const hello: ClientHello = {
    record,
    consumed,
    sessionId: fields.vector8(),
    cipherSuites: codes(fields.fields16()),
    serverName: null,
    groups: [],
    keyShares: [],
    alpn: [],
    supportsTls13: false,
  };
  fields.fields8(); // compression methods
  if (fields.done) return hello;
  const extensions = fields.fields16();
  while (!extensions.done) {
    const type = extensions.u16();
    if (!readExtension(hello, type, extensions.fields16())) return null;
  }
  return hello;
}

function recordOf(message: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_BYTES + message.length);
  record.set([RECORD_TYPE.handshake, VERSION_MAJOR, 0x01]);
  putU16be(record, LENGTH_OFFSET, message.length);
  record.set(message, RECORD_HEADER_BYTES);
  return record;
}

function readExtension(hello: ClientHello, type: number, body: FieldReader): boolean {
  switch (type) {
    case EXTENSION.serverName:
      hello.serverName = serverName(body);
      return true;
    case EXTENSION.groups:
      hello.groups = codes(body.fields16());
      return body.done && !body.failed;
    case EXTENSION.versions:
      hello.supportsTls13 = codes(body.fields8()).includes(TLS13);
      return body.done && !body.failed;
    case EXTENSION.alpn:
      return readAlpn(hello, body);
    case EXTENSION.keyShare:
      return readKeyShares(hello, body);
    default:
      return true;
  }
}

const CODE_BYTES = 2;

/** Two-byte codes without GREASE; an odd last byte is left out. */
function codes(list: FieldReader): number[] {
  const found: number[] = [];
  while (list.left >= CODE_BYTES) {
    const code = list.u16();
    if (!isGrease(code)) found.push(code);
  }
  return found;
}

const HOST_NAME_ENTRY = 0;
const HOST_NAME = /^[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/;

function serverName(body: FieldReader): string | null {
  const entries = body.fields16();
  while (!entries.done) {
    const type = entries.u8();
    const name = latin1(entries.vector16()).toLowerCase();
    if (type === HOST_NAME_ENTRY) return HOST_NAME.test(name) ? name : null;
  }
  return null;
}

function readAlpn(hello: ClientHello, body: FieldReader): boolean {
  const names = body.fields16();
  hello.alpn = [];
  while (!names.done) hello.alpn.push(latin1(names.vector8()));
  return body.done && !body.failed && !names.failed;
}

function readKeyShares(hello: ClientHello, body: FieldReader): boolean {
  const shares = body.fields16();
  hello.keyShares = [];
  while (!shares.done) {
    const group = shares.u16();
    const { left: length } = shares.fields16();
    if (!isGrease(group)) hello.keyShares.push({ group, length });
  }
  return body.done && !body.failed && !shares.failed;
}

/** The 32 bytes of a hello record that hold the digest: a view of [11:43). */
export function helloRandom(record: Uint8Array): Uint8Array {
  return record.subarray(RANDOM_OFFSET, RANDOM_OFFSET + RANDOM_BYTES);
}

/** The 16 bytes that name a hello in the replay store: a view, clear of the malleable timestamp. */
export function replayKeyOfHello(record: Uint8Array): Uint8Array {
  return record.subarray(RANDOM_OFFSET, RANDOM_OFFSET + REPLAY_KEY_BYTES);
}
