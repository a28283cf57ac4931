import { concat } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import type { Framing } from '../../src/wire/framing/framing.ts';
import { buildInitHeader } from '../../src/wire/obfuscated2.ts';
import { signHello } from '../../src/wire/tls/hello-digest.ts';
import { buildClientHello } from '../../src/wire/tls/synthetic-hello.ts';
import { DOMAIN, secretOf } from './proxy.ts';

export interface HelloWish {
  readonly domain?: string;
  /** Hexadecimal; default the key of the default user. */
  readonly key?: string;
  /** How far the client's clock is ahead of ours. */
  readonly aheadSeconds?: number;
  readonly withoutServerName?: boolean;
}

/** A client's hello, signed; without wishes one that the proxy accepts now. */
export function signedHello(wish: HelloWish = {}): Uint8Array {
  const { domain = DOMAIN, aheadSeconds = 0, withoutServerName = false } = wish;
  const hello = buildClientHello({ domain, random: systemRandom });
  const seconds = Math.floor(Date.now() / 1000) + aheadSeconds;
  return signHello(withoutServerName ? cutServerName(hello) : hello, secretOf('ee', wish.key).key, seconds);
}

/** A bare init header of the default user's, or of another key's (hexadecimal). */
export function initHeader(wish: { key?: string; dc?: number; framing?: Framing } = {}): Uint8Array {
  const { framing = 'padded', dc = 2 } = wish;
  return buildInitHeader({ framing, dc, random: systemRandom, secretKey: secretOf('dd', wish.key).key }).wire;
}

/*
 * Where things stand in a hello record whose session id has 32 bytes:
 *
 *   3        6        39           43           76            76 + 2 + n
 *   | length | length | time xor D | session id | n, suites n | compression 2 | length | extensions
 */
const RECORD_LENGTH_AT = 3;
const MESSAGE_LENGTH_AT = 7; // its two lower bytes
const TIME_AT = 39;
const SUITES_AT = 76;
const COMPRESSION_BYTES = 2;
const EXTENSION_HEADER_BYTES = 4;
const SERVER_NAME = 0x0000;

/** The same hello with its clock one second off, as anybody can who has recorded one (protocol notes, "Replay protection"). */
export function restamped(hello: Uint8Array): Uint8Array {
  return hello.map((byte, at) => (at === TIME_AT ? byte ^ 1 : byte));
}

function cutServerName(hello: Uint8Array): Uint8Array {
  const view = new DataView(hello.buffer, hello.byteOffset, hello.length);
  const extensionsAt = SUITES_AT + 2 + view.getUint16(SUITES_AT) + COMPRESSION_BYTES;
  for (let at = extensionsAt + 2; at < hello.length; ) {
    const length = EXTENSION_HEADER_BYTES + view.getUint16(at + 2);
    if (view.getUint16(at) === SERVER_NAME) {
      const shorter = concat(hello.subarray(0, at), hello.subarray(at + length));
      const lengths = new DataView(shorter.buffer);
      for (const place of [RECORD_LENGTH_AT, MESSAGE_LENGTH_AT, extensionsAt]) {
        lengths.setUint16(place, lengths.getUint16(place) - length);
      }
      return shorter;
    }
    at += length;
  }
  throw new Error('the hello has no server name');
}

/** Cuts a hello's message into records of at most `size` bytes. */
export function inRecords(record: Uint8Array, size: number): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 5; at < record.length; at += size) {
    const payload = record.subarray(at, at + size);
    records.push(Uint8Array.of(0x16, 3, 1, payload.length >> 8, payload.length & 0xff), payload);
  }
  return concat(...records);
}
