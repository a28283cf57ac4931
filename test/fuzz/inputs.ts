import { concat, utf8 } from '../../src/kit/bytes.ts';
import { frameCodec } from '../../src/wire/framing/codec.ts';
import { buildInitHeader } from '../../src/wire/obfuscated2.ts';
import { writeProxyHeader } from '../../src/wire/proxy-header.ts';
import { signHello } from '../../src/wire/tls/hello-digest.ts';
import { CHANGE_CIPHER_SPEC, RecordWriter } from '../../src/wire/tls/records.ts';
import { buildClientHello } from '../../src/wire/tls/synthetic-hello.ts';
import type { Prng } from '../support/prng.ts';
import { DOMAIN, secretOf } from '../support/proxy.ts';

const DCS = [1, 2, -2, 4, 203, -203, 10_002, 0, 77];
const MAX_RANDOM_BYTES = 3_000;
const MAX_LONG_BYTES = 60_000;
const REPLAYED = 0.05;
const RECENT = 100;

/** Makes what clients send: now and then something genuine, mostly something that was genuine once. */
export class InputMaker {
  readonly #prng: Prng;
  readonly #recent: Uint8Array[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** @param isBalanced whether a PROXY header belongs before it */
  next(isBalanced: boolean): Uint8Array {
    const prng = this.#prng;
    const input = prng.chance(REPLAYED) && this.#recent.length > 0 ? prng.pick(this.#recent) : this.#fresh();
    this.#recent[prng.below(Math.min(RECENT, this.#recent.length + 1))] = input;
    return prng.chance(isBalanced ? 0.9 : 0.1) ? concat(proxyHeader(prng), input) : input;
  }

  #fresh(): Uint8Array {
    const prng = this.#prng;
    let input = concat(...Array.from({ length: 1 + prng.below(2) }, () => part(prng)));
    for (let changes = prng.chance(0.5) ? 0 : 1 + prng.below(4); changes > 0; changes -= 1) {
      input = mutated(input, prng);
    }
    return input;
  }
}

/** Cuts at random places; most often not at all. */
export function cutAtRandom(input: Uint8Array, prng: Prng): Uint8Array[] {
  const cuts = prng.chance(0.4) ? 0 : 1 + prng.below(5);
  const ends = Array.from({ length: cuts }, () => prng.below(input.length + 1)).sort((a, b) => a - b);
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const end of [...ends, input.length]) {
    if (end > start) pieces.push(input.subarray(start, end));
    start = end;
  }
  return pieces;
}

function proxyHeader(prng: Prng): Uint8Array {
  const source = { ip: prng.chance(0.5) ? '203.0.113.7' : '2001:db8::7', port: prng.below(65_536) };
  const header = writeProxyHeader(prng.chance(0.5) ? 1 : 2, source, { ip: '198.51.100.1', port: 443 });
  return prng.chance(0.9) ? header : mutated(header, prng);
}

function part(prng: Prng): Uint8Array {
  switch (prng.below(6)) {
    case 0:
      return hello(prng);
    case 1:
      return concat(hello(prng), CHANGE_CIPHER_SPEC, record(stream(prng, true)));
    case 2:
      return stream(prng, false);
    case 3:
      return utf8(
        prng.pick(['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'POST', 'SSH-2.0-x\r\n', '\r\n\r\n', 'OPTIONS * HTTP/1.0\r\n']),
      );
    case 4:
      return splitHello(hello(prng), prng);
    default:
      return prng.bytes(prng.below(prng.chance(0.02) ? MAX_LONG_BYTES : MAX_RANDOM_BYTES));
  }
}

function hello(prng: Prng): Uint8Array {
  const shape = prng.chance(0.5) ? 'mlkem' : 'padded-517';
  const domain = prng.chance(0.9) ? DOMAIN : 'other.example.org';
  const unsigned = buildClientHello({ domain, random: prng.bytes, shape });
  return signHello(unsigned, secretOf('ee').key, Math.floor(Date.now() / 1000) + (prng.chance(0.95) ? 0 : 10_000));
}

/** An init header and a few frames. */
function stream(prng: Prng, insideTls: boolean): Uint8Array {
  const framing = insideTls ? 'padded' : prng.pick(['abridged', 'intermediate', 'padded'] as const);
  const dc = prng.pick(DCS);
  const header = buildInitHeader({ framing, dc, random: prng.bytes, insideTls, secretKey: secretOf('dd').key });
  const codec = frameCodec(framing);
  const frames = Array.from({ length: prng.below(4) }, () => codec.encode(prng.bytes(4 + 4 * prng.below(200))));
  return concat(header.wire, header.uplink.apply(concat(...frames)));
}

function record(bytes: Uint8Array): Uint8Array {
  return new RecordWriter(2_878).wrap(bytes).slice();
}

/** The same hello message over several records. */
function splitHello(whole: Uint8Array, prng: Prng): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 5; at < whole.length; ) {
    const length = Math.min(whole.length - at, 1 + prng.below(700));
    records.push(Uint8Array.of(0x16, 3, 1, length >> 8, length & 0xff), whole.subarray(at, at + length));
    at += length;
  }
  return concat(...records);
}

function mutated(input: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(input.length + 1);
  switch (prng.below(5)) {
    case 0: {
      const copy = input.slice();
      for (let flips = 1 + prng.below(4); flips > 0; flips -= 1) copy[prng.below(copy.length)] = prng.below(256);
      return copy;
    }
    case 1:
      return input.slice(0, at);
    case 2:
      return concat(input.subarray(0, at), prng.bytes(1 + prng.below(40)), input.subarray(at));
    case 3:
      return concat(input.subarray(0, at), input.subarray(Math.min(input.length, at + 1 + prng.below(40))));
    default: {
      // The first bytes hold the lengths.
      const copy = input.slice();
      copy[prng.below(Math.min(copy.length, 80))] = prng.pick([0, 1, 0x16, 0x7f, 0x80, 0xff]);
      return copy;
    }
  }
}
