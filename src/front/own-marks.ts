import { timingSafeEqual } from 'node:crypto';
import { concat, fromHex, hex, latin1, type Random, utf8 } from '../kit/bytes.ts';
import { monotonicMicros } from '../net/libc.ts';
import { putU32be, u32be } from '../wire/octets.ts';
import { readProxyHeader } from '../wire/proxy-header.ts';
import { helloRandom } from '../wire/tls/client-hello.ts';
import { RANDOM_BYTES, RANDOM_OFFSET, RECORD_TYPE } from '../wire/tls/layout.ts';

/*
 * A mark, which is noise to everybody else, and fills the random of a hello:
 *
 *   0        12            16                    32
 *   | noise  | time, masked | HMAC of the former |
 */
const TIME_AT = 12;
const TAG_AT = 16;
export const MARK_BYTES = RANDOM_BYTES;
export const MARK_KEY_BYTES = 32;
/** A mark that comes later was recorded by somebody, and is a stranger's. */
const FRESH_S = 10;

/** What answers to a mark that has come back: one record of noise, as after a handshake; no server begins with it. */
const ECHO_HEADER = Uint8Array.of(RECORD_TYPE.applicationData, 3, 3, 0, MARK_BYTES);
export const ECHO_BYTES = ECHO_HEADER.length + MARK_BYTES;

const MICROS_PER_SECOND = 1_000_000n;
const REQUEST_START = utf8('GET /');
const REQUEST_HEAD_BYTES = REQUEST_START.length + 2 * MARK_BYTES;

/**
 * Marks in what we send to fronted sites, by which we know it when it comes in at our own listener: whatever the addresses say, that
 * site leads back to us. The key is the same in all processes of one proxy and new at each start.
 */
export class OwnMarks {
  readonly #key: Uint8Array;
  readonly #random: Random;
  readonly #nowSeconds: () => number;

  /** @param nowSeconds of a clock that all processes of the machine share, and that only goes forward */
  constructor(key: Uint8Array, random: Random, nowSeconds = machineSeconds) {
    this.#key = key;
    this.#random = random;
    this.#nowSeconds = nowSeconds;
  }

  make(): Uint8Array {
    const mark = new Uint8Array(MARK_BYTES);
    mark.set(this.#random(TIME_AT));
    putU32be(mark, TIME_AT, (this.#nowSeconds() ^ this.#timeMask(mark)) >>> 0);
    mark.set(this.#hmac('mark', mark.subarray(0, TAG_AT)).subarray(0, MARK_BYTES - TAG_AT), TAG_AT);
    return mark;
  }

  /** The mark with which a connection's first bytes begin, made lately by us; null when there is none. */
  find(first: Uint8Array): Uint8Array | null {
    const mark = markAt(withoutProxyHeader(first));
    return mark !== null && this.#isOwn(mark) ? mark : null;
  }

  /** What a mark that came back is answered with: only who made the mark can tell what it says. */
  echoOf(mark: Uint8Array): Uint8Array {
    return concat(ECHO_HEADER, this.#hmac('echo', mark));
  }

  /** Whether an answer is the echo of this mark; `maybe`: as far as it has come. */
  isEcho(answer: Uint8Array, mark: Uint8Array): boolean | 'maybe' {
    const echo = this.echoOf(mark);
    const length = Math.min(answer.length, ECHO_BYTES);
    if (!timingSafeEqual(answer.subarray(0, length), echo.subarray(0, length))) return false;
    return length === ECHO_BYTES ? true : 'maybe';
  }

  #isOwn(mark: Uint8Array): boolean {
    const tag = this.#hmac('mark', mark.subarray(0, TAG_AT)).subarray(0, MARK_BYTES - TAG_AT);
    if (!timingSafeEqual(tag, mark.subarray(TAG_AT))) return false;
    const age = this.#nowSeconds() - ((u32be(mark, TIME_AT) ^ this.#timeMask(mark)) >>> 0);
    return age >= 0 && age <= FRESH_S;
  }

  #timeMask(mark: Uint8Array): number {
    return u32be(this.#hmac('time', mark.subarray(0, TIME_AT)), 0);
  }

  #hmac(what: string, bytes: Uint8Array): Uint8Array {
    return new Bun.CryptoHasher('sha256', this.#key).update(what).update(bytes).digest();
  }
}

function machineSeconds(): number {
  return Number(monotonicMicros() / MICROS_PER_SECOND);
}

/** A hello with the mark as its random; the hello is changed. */
export function markHello(hello: Uint8Array, mark: Uint8Array): Uint8Array {
  helloRandom(hello).set(mark);
  return hello;
}

/** A plain request with the mark as its path, for what comes to a site that is no TLS. */
export function markedRequest(mark: Uint8Array, host: string): Uint8Array {
  return utf8(`GET /${hex(mark)} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
}

function markAt(bytes: Uint8Array): Uint8Array | null {
  if (bytes[0] === RECORD_TYPE.handshake) {
    return bytes.length >= RANDOM_OFFSET + RANDOM_BYTES ? helloRandom(bytes) : null;
  }
  const isRequest = bytes.length >= REQUEST_HEAD_BYTES && REQUEST_START.every((byte, at) => bytes[at] === byte);
  if (!isRequest) return null;
  const mark = fromHex(latin1(bytes.subarray(REQUEST_START.length, REQUEST_HEAD_BYTES)));
  return mark.length === MARK_BYTES ? mark : null;
}

/** Sites may want a PROXY header before everything else, which then comes back too. */
function withoutProxyHeader(bytes: Uint8Array): Uint8Array {
  const header = readProxyHeader(bytes);
  return header.kind === 'match' ? bytes.subarray(header.consumed) : bytes;
}
