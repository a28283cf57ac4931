import { concat, equal, latin1, utf8 } from '../kit/bytes.ts';
import { asIpv6, ipBytes, ipText } from '../kit/ip.ts';
import { putU16be, u16be } from './octets.ts';

/** An address and port as a load balancer tells them. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** Both ends of the connection that a load balancer took for us. */
export interface ToldEnds {
  /** The client. */
  readonly source: Endpoint;
  /** What the client connected to. */
  readonly destination: Endpoint;
}

export type ProxyHeaderReading =
  | { kind: 'need-more' }
  | { kind: 'reject'; reason: string }
  | {
      kind: 'match';
      /** Null for LOCAL, UNKNOWN and families without addresses: keep the socket's own. */
      ends: ToldEnds | null;
      consumed: number;
    };

const NEED_MORE: ProxyHeaderReading = { kind: 'need-more' };
const MAX_PORT = 65_535;

/**
 * Reads the PROXY protocol header, version 1 or 2, that a load balancer puts before everything else.
 *
 * @see protocol notes, "8.1 PROXY protocol"
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeaderReading {
  if (bytes.length === 0) return NEED_MORE;
  return bytes[0] === V2_SIGNATURE[0] ? readVersion2(bytes) : readVersion1(bytes);
}

/**
 * Writes the header that tells a fronted site who the client is.
 *
 * Different families are both written as IPv6; an address that is none gives the header that tells nothing (UNKNOWN, LOCAL).
 */
export function writeProxyHeader(version: 1 | 2, source: Endpoint, destination: Endpoint): Uint8Array {
  let from = ipBytes(source.ip);
  let to = ipBytes(destination.ip);
  if (from === null || to === null)
    return version === 1 ? utf8('PROXY UNKNOWN\r\n') : headerOf(V2_LOCAL, 0, new Uint8Array(0));
  if (from.length !== to.length) {
    from = asIpv6(from);
    to = asIpv6(to);
  }
  const isIpv4 = from.length === V2_IPV4.ipBytes;
  if (version === 1) {
    const family = isIpv4 ? 'TCP4' : 'TCP6';
    return utf8(`PROXY ${family} ${ipText(from)} ${ipText(to)} ${source.port} ${destination.port}\r\n`);
  }
  const ports = new Uint8Array(2 * PORT_BYTES);
  putU16be(ports, 0, source.port);
  putU16be(ports, PORT_BYTES, destination.port);
  return headerOf(V2_PROXY, isIpv4 ? V2_IPV4.code : V2_IPV6.code, concat(from, to, ports));
}

// Version 1: one line of text, "PROXY TCP4 <source> <destination> <source port> <destination port>\r\n".
const V1_START = utf8('PROXY ');
const V1_MAX_BYTES = 107; // the line's end included
const CR = 0x0d;
const LF = 0x0a;

function readVersion1(bytes: Uint8Array): ProxyHeaderReading {
  const seen = bytes.subarray(0, V1_START.length);
  if (!equal(seen, V1_START.subarray(0, seen.length))) return reject('no PROXY header');
  const lineFeed = bytes.subarray(0, V1_MAX_BYTES).indexOf(LF);
  if (lineFeed < 0) return bytes.length < V1_MAX_BYTES ? NEED_MORE : reject('PROXY line too long');
  if (bytes[lineFeed - 1] !== CR) return reject('PROXY line without CR LF');
  const consumed = lineFeed + 1;
  const fields = latin1(bytes.subarray(0, lineFeed - 1)).split(' ');
  if (fields[1] === 'UNKNOWN') return { kind: 'match', ends: null, consumed };
  const ends = endsOfLine(fields);
  return ends === null ? reject('malformed PROXY line') : { kind: 'match', ends, consumed };
}

function endsOfLine(fields: string[]): ToldEnds | null {
  if (fields.length !== 6) return null;
  const [, family, from, to, fromPort, toPort] = fields;
  const length = family === 'TCP4' ? V2_IPV4.ipBytes : V2_IPV6.ipBytes;
  const source = ipBytes(from);
  const destination = ipBytes(to);
  if (family !== 'TCP4' && family !== 'TCP6') return null;
  if (source?.length !== length || destination?.length !== length) return null;
  if (!isPort(fromPort) || !isPort(toPort)) return null;
  return {
    source: { ip: ipText(source), port: Number(fromPort) },
    destination: { ip: ipText(destination), port: Number(toPort) },
  };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT;
}

/*
 * Version 2; all integers big-endian:
 *
 *   0           12                 13                  14       16
 *   | signature | version, command | family, transport | length | source | destination | ports | TLVs |
 */
const V2_SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const V2_COMMAND_OFFSET = V2_SIGNATURE.length;
const V2_FAMILY_OFFSET = V2_COMMAND_OFFSET + 1;
const V2_LENGTH_OFFSET = V2_FAMILY_OFFSET + 1;
const V2_BODY_OFFSET = V2_LENGTH_OFFSET + 2;
const V2_LOCAL = 0x20;
const V2_PROXY = 0x21;
const V2_IPV4 = { code: 0x11, ipBytes: 4 };
const V2_IPV6 = { code: 0x21, ipBytes: 16 };
const V2_NO_ADDRESSES = [0x0, 0x3]; // families "unspecified" and "unix"
const PORT_BYTES = 2;
const V2_MAX_BODY = 1024; // addresses and all the TLVs that balancers are known to add

function readVersion2(bytes: Uint8Array): ProxyHeaderReading {
  const seen = bytes.subarray(0, V2_SIGNATURE.length);
  if (!equal(seen, V2_SIGNATURE.subarray(0, seen.length))) return reject('no PROXY header');
  if (bytes.length < V2_BODY_OFFSET) return NEED_MORE;
  const command = bytes[V2_COMMAND_OFFSET];
  if (command !== V2_LOCAL && command !== V2_PROXY) return reject('unknown PROXY version or command');
  const length = u16be(bytes, V2_LENGTH_OFFSET);
  if (length > V2_MAX_BODY) return reject('PROXY header too long');
  const consumed = V2_BODY_OFFSET + length;
  if (bytes.length < consumed) return NEED_MORE;
  const family = bytes[V2_FAMILY_OFFSET];
  if (command === V2_LOCAL || V2_NO_ADDRESSES.includes(family >>> 4)) return { kind: 'match', ends: null, consumed };
  const ends = endsOfBody(family, bytes.subarray(V2_BODY_OFFSET, consumed));
  return ends === null
    ? reject('PROXY addresses are not those of TCP, or cut short')
    : { kind: 'match', ends, consumed };
}

function endsOfBody(family: number, body: Uint8Array): ToldEnds | null {
  if (family !== V2_IPV4.code && family !== V2_IPV6.code) return null;
  const ipLength = family === V2_IPV4.code ? V2_IPV4.ipBytes : V2_IPV6.ipBytes;
  const portsOffset = 2 * ipLength;
  if (body.length < portsOffset + 2 * PORT_BYTES) return null;
  return {
    source: { ip: ipText(body.subarray(0, ipLength)), port: u16be(body, portsOffset) },
    destination: { ip: ipText(body.subarray(ipLength, portsOffset)), port: u16be(body, portsOffset + PORT_BYTES) },
  };
}

function headerOf(command: number, family: number, body: Uint8Array): Uint8Array {
  const head = new Uint8Array(V2_BODY_OFFSET);
  head.set(V2_SIGNATURE);
  head[V2_COMMAND_OFFSET] = command;
  head[V2_FAMILY_OFFSET] = family;
  putU16be(head, V2_LENGTH_OFFSET, body.length);
  return concat(head, body);
}

function reject(reason: string): ProxyHeaderReading {
  return { kind: 'reject', reason };
}
