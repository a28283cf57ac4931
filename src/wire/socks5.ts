import { concat, utf8 } from '../kit/bytes.ts';
import { ipBytes } from '../kit/ip.ts';
import { putU16be } from './octets.ts';

/** The client side of SOCKS 5 (RFC 1928, RFC 1929): what to send, and how to read the answers. */

const VERSION = 0x05;
const PASSWORD_VERSION = 0x01;
const METHOD = { none: 0x00, password: 0x02, refused: 0xff } as const;
const CONNECT = 0x01;
const RESERVED = 0x00;
const ADDRESS_TYPE = { ipv4: 0x01, name: 0x03, ipv6: 0x04 } as const;
const SUCCEEDED = 0x00;
const METHOD_REPLY_BYTES = 2;
const PASSWORD_REPLY_BYTES = 2;
const PORT_BYTES = 2;
/** Of a user, a password or a host name: one byte tells the length. */
export const MAX_SOCKS_FIELD_BYTES = 255;

/*
 * The reply to a request; the address is where the server bound its own socket, which is of no use to us:
 *
 *   0         1       2          3      4
 *   | version | reply | reserved | type | address | port |
 */
const REPLY_OFFSET = 1;
const TYPE_OFFSET = 3;
const ADDRESS_OFFSET = 4;

type Unfinished = { kind: 'need-more' } | { kind: 'reject'; reason: string };
export type MethodReading = Unfinished | { kind: 'match'; method: 'none' | 'password'; consumed: number };
export type ReplyReading = Unfinished | { kind: 'match'; consumed: number };

const NEED_MORE: Unfinished = { kind: 'need-more' };

/** The client's first bytes: the methods it offers. */
export function greeting(withPassword: boolean): Uint8Array {
  const methods = withPassword ? [METHOD.none, METHOD.password] : [METHOD.none];
  return Uint8Array.of(VERSION, methods.length, ...methods);
}

/** Reads which of the offered methods the server takes. */
export function readMethod(bytes: Uint8Array): MethodReading {
  if (bytes.length > 0 && bytes[0] !== VERSION) return reject('not a SOCKS 5 server');
  if (bytes.length < METHOD_REPLY_BYTES) return NEED_MORE;
  switch (bytes[1]) {
    case METHOD.none:
      return { kind: 'match', method: 'none', consumed: METHOD_REPLY_BYTES };
    case METHOD.password:
      return { kind: 'match', method: 'password', consumed: METHOD_REPLY_BYTES };
    case METHOD.refused:
      return reject('the SOCKS server wants another way of authentication');
    default:
      return reject('the SOCKS server chose a method that was not offered');
  }
}

/**
 * Names user and password, 255 bytes each at most. RFC 1929 wants a password of 1 byte or more, but servers that know users by
 * name alone take an empty one.
 *
 * @throws RangeError when the user is empty or one of them is too long
 */
export function passwordRequest(user: string, password: string): Uint8Array {
  const word = password === '' ? Uint8Array.of(0) : field(password, 'password');
  return concat(Uint8Array.of(PASSWORD_VERSION), field(user, 'user'), word);
}

export function readPasswordReply(bytes: Uint8Array): ReplyReading {
  if (bytes.length > 0 && bytes[0] !== PASSWORD_VERSION) return reject('malformed answer to the password');
  if (bytes.length < PASSWORD_REPLY_BYTES) return NEED_MORE;
  if (bytes[1] !== SUCCEEDED) return reject('the SOCKS server refused user or password');
  return { kind: 'match', consumed: PASSWORD_REPLY_BYTES };
}

/**
 * Asks for a connection to an address, or to a name that the server is to look up.
 *
 * @throws RangeError when a name has no byte or more than 255
 */
export function connectRequest(host: string, port: number): Uint8Array {
  const portBytes = new Uint8Array(PORT_BYTES);
  putU16be(portBytes, 0, port);
  return concat(Uint8Array.of(VERSION, CONNECT, RESERVED), address(host), portBytes);
}

/** Reads the answer to `connectRequest`; what follows it belongs to the target. */
export function readConnectReply(bytes: Uint8Array): ReplyReading {
  if (bytes.length > 0 && bytes[0] !== VERSION) return reject('malformed answer to the request');
  if (bytes.length <= REPLY_OFFSET) return NEED_MORE;
  if (bytes[REPLY_OFFSET] !== SUCCEEDED) return reject(FAILURES[bytes[REPLY_OFFSET]] ?? 'the SOCKS server failed');
  if (bytes.length <= ADDRESS_OFFSET) return NEED_MORE;
  const addressBytes = addressLength(bytes[TYPE_OFFSET], bytes[ADDRESS_OFFSET]);
  if (addressBytes === null) return reject('malformed answer to the request');
  const consumed = ADDRESS_OFFSET + addressBytes + PORT_BYTES;
  return bytes.length < consumed ? NEED_MORE : { kind: 'match', consumed };
}

/** RFC 1928, section 6, by reply code. */
const FAILURES = [
  'succeeded',
  'the SOCKS server failed',
  "not allowed by the SOCKS server's rules",
  'network unreachable from the SOCKS server',
  'host unreachable from the SOCKS server',
  "connection refused by the SOCKS server's target",
  'the connection expired on its way from the SOCKS server',
  'the SOCKS server does not know the command',
  'the SOCKS server does not know the address type',
];

function addressLength(type: number, firstByte: number): number | null {
  switch (type) {
    case ADDRESS_TYPE.ipv4:
      return 4;
    case ADDRESS_TYPE.ipv6:
      return 16;
    case ADDRESS_TYPE.name:
      return 1 + firstByte;
    default:
      return null;
  }
}

function address(host: string): Uint8Array {
  const ip = ipBytes(host);
  if (ip === null) return concat(Uint8Array.of(ADDRESS_TYPE.name), field(host, 'host name'));
  return concat(Uint8Array.of(ip.length === 4 ? ADDRESS_TYPE.ipv4 : ADDRESS_TYPE.ipv6), ip);
}

function field(text: string, what: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length < 1 || bytes.length > MAX_SOCKS_FIELD_BYTES)
    throw new RangeError(`SOCKS ${what} of ${bytes.length} bytes`);
  return concat(Uint8Array.of(bytes.length), bytes);
}

function reject(reason: string): Unfinished {
  return { kind: 'reject', reason };
}
