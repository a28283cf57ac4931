import { concat, fromHex, type Random, utf8 } from '../../kit/bytes.ts';
import { u16be } from '../octets.ts';
import { MAX_DOMAIN_BYTES } from '../secret.ts';
import { ByteWriter } from './byte-writer.ts';
import { EXTENSION, GROUP, HANDSHAKE_TYPE, RANDOM_BYTES, RECORD_TYPE, TLS12, TLS13 } from './layout.ts';

/**
 * `mlkem`: what TDLib sends since 2026 (about 1.7 kB); `padded-517`: what it sent before; `tls12`: what a visitor without TLS 1.3
 * might, to whom the certificate is shown unencrypted.
 */
export type HelloShape = 'mlkem' | 'padded-517' | 'tls12';

type Extension = { type: number; body: Uint8Array };

const RECORD_VERSION = 0x0301;
const SESSION_ID_BYTES = 32;
const TLS13_SUITES = [0x1301, 0x1302, 0x1303];
const OLDER_SUITES = fromHex('c02bc02fc02cc030cca9cca8c013c014009c009d002f0035');
const ALPN = ['h2', 'http/1.1'];
const NO_COMPRESSION = Uint8Array.of(0);
/** A hello shorter than this met broken servers once, so browsers pad it to 517 bytes. */
const PAD_BELOW = 513;
const PADDED_BYTES = 517;
const PADDING_EXTENSION = 0x0015;
const PSK_MODES = 0x002d;
const EXTENSION_HEADER_BYTES = 4;

/**
 * Makes a hello of the shape that Telegram's clients send, its random still zero: sign it with `signHello`.
 *
 * The key shares are well-formed but nobody holds their private keys, as in the clients.
 *
 * @param options `domain` is cut at 182 bytes as TDLib does, null: no server name; `shuffle: false` keeps the extensions in one order;
 *   `suites` (of TLS 1.3, in order) and `alpn` (empty: none) make the variants that a fronted site is asked with
 * @see protocol notes, "4.1.1 TDLib non-Apple, in order"
 */
export function buildClientHello(options: {
  domain: string | null;
  random: Random;
  shape?: HelloShape;
  shuffle?: boolean;
  suites?: readonly number[];
  alpn?: readonly string[];
}): Uint8Array {
  const { domain, random, shape = 'mlkem', shuffle = true, suites = TLS13_SUITES, alpn = ALPN } = options;
  const grease = greaseCodes(random);
  const name = domain === null ? null : utf8(domain).subarray(0, MAX_DOMAIN_BYTES);
  const middle = extensionsOf(name, random, shape, grease);
  if (alpn.length > 0) middle.push({ type: EXTENSION.alpn, body: vector16(concat(...alpn.map(protocolName))) });
  const ordered = shuffle ? shuffled(middle, random) : middle;
  const extensions = [
    { type: grease[2], body: new Uint8Array(0) },
    ...ordered,
    { type: grease[3], body: Uint8Array.of(0) },
  ];
  const newer = shape === 'tls12' ? [] : suites;
  return writeHello(concat(codes(grease[0], ...newer), OLDER_SUITES), random(SESSION_ID_BYTES), extensions);
}

function writeHello(suites: Uint8Array, sessionId: Uint8Array, extensions: Extension[]): Uint8Array {
  const hello = new ByteWriter();
  hello.u8(RECORD_TYPE.handshake).u16(RECORD_VERSION);
  hello.vector16(() => {
    hello.u8(HANDSHAKE_TYPE.clientHello);
    hello.vector24(() => {
      hello.u16(TLS12).zeros(RANDOM_BYTES);
      hello.vector8(() => hello.bytes(sessionId));
      hello.vector16(() => hello.bytes(suites));
      hello.vector8(() => hello.bytes(NO_COMPRESSION));
      hello.vector16(() => {
        for (const { type, body } of extensions) hello.u16(type).vector16(() => hello.bytes(body));
        if (hello.length < PAD_BELOW) {
          const padding = PADDED_BYTES - hello.length - EXTENSION_HEADER_BYTES;
          hello.u16(PADDING_EXTENSION).vector16(() => hello.zeros(padding));
        }
      });
    });
  });
  return hello.done();
}

function extensionsOf(domain: Uint8Array | null, random: Random, shape: HelloShape, grease: number[]): Extension[] {
  const isToday = shape === 'mlkem';
  const groups = isToday ? [grease[4], GROUP.x25519MlKem768] : [grease[4]];
  const fixed: [number, string][] = [
    [0x0005, '0100000000'], // status request
    [0x000b, '0100'], // point formats
    [0x000d, '001004030804040105030805050108060601'], // signature algorithms
    [0x0012, ''], // signed certificate timestamps
    [0x0017, ''], // extended master secret
    [0x001b, '020002'], // certificate compression: brotli
    [0x0023, ''], // session ticket
    [PSK_MODES, '0101'],
    [0x44cd, '0003026832'], // application settings: h2
    [0xff01, '00'], // renegotiation info
  ];
  const extensions = fixed.map(([type, body]) => ({ type, body: fromHex(body) }));
  if (domain !== null) {
    extensions.push({ type: EXTENSION.serverName, body: vector16(concat(Uint8Array.of(0), vector16(domain))) });
  }
  extensions.push({ type: EXTENSION.groups, body: vector16(codes(...groups, GROUP.x25519, 0x0017, 0x0018)) });
  if (shape === 'tls12') return extensions.filter(({ type }) => type !== PSK_MODES);
  extensions.push(
    { type: EXTENSION.versions, body: concat(Uint8Array.of(6), codes(grease[6], TLS13, TLS12)) },
    { type: EXTENSION.keyShare, body: vector16(keyShares(random, isToday, grease[4])) },
  );
  if (isToday) extensions.push({ type: 0xfe0d, body: encryptedHello(random) });
  return extensions;
}

const X25519_BYTES = 32;
const GREASE_SHARE = Uint8Array.of(0);

function keyShares(random: Random, isToday: boolean, grease: number): Uint8Array {
  const greaseShare = concat(codes(grease), vector16(GREASE_SHARE));
  const x25519 = concat(codes(GROUP.x25519), vector16(x25519Share(random)));
  if (!isToday) return concat(greaseShare, x25519);
  const hybrid = concat(mlKemKey(random), x25519Share(random));
  return concat(greaseShare, codes(GROUP.x25519MlKem768), vector16(hybrid), x25519);
}

function x25519Share(random: Random): Uint8Array {
  const share = new Uint8Array(random(X25519_BYTES));
  share[X25519_BYTES - 1] &= 0x7f; // a coordinate has 255 bits
  return share;
}

/*
 * An ML-KEM-768 public key: 768 coefficients of 12 bits, two in three bytes, and a seed. A server refuses a key with a
 * coefficient of 3329 or more, so noise alone won't do.
 */
const COEFFICIENT_PAIRS = 384;
const MODULUS = 3329;
const SEED_BYTES = 32;
const NOISE_PER_PAIR = 4;

function mlKemKey(random: Random): Uint8Array {
  const key = new Uint8Array(3 * COEFFICIENT_PAIRS + SEED_BYTES);
  const noise = random(NOISE_PER_PAIR * COEFFICIENT_PAIRS);
  for (let pair = 0; pair < COEFFICIENT_PAIRS; pair++) {
    const low = u16be(noise, NOISE_PER_PAIR * pair) % MODULUS;
    const high = u16be(noise, NOISE_PER_PAIR * pair + 2) % MODULUS;
    key[3 * pair] = low;
    key[3 * pair + 1] = (low >>> 8) | (high << 4);
    key[3 * pair + 2] = high >>> 4;
  }
  key.set(random(SEED_BYTES), 3 * COEFFICIENT_PAIRS);
  return key;
}

const ECH_SIZES = [144, 176, 208, 240];
const ECH_HEAD = fromHex('0000010001'); // outer hello, HKDF-SHA256, AES-128-GCM
const ECH_KEY_BYTES = 32;

function encryptedHello(random: Random): Uint8Array {
  const size = ECH_SIZES[random(1)[0] % ECH_SIZES.length];
  return concat(ECH_HEAD, random(1), vector16(random(ECH_KEY_BYTES)), vector16(random(size)));
}

const GREASE_COUNT = 7;

/** Seven codes, of which the neighbours (0,1), (2,3) and (4,5) differ. */
function greaseCodes(random: Random): number[] {
  const bytes = Array.from(random(GREASE_COUNT), (byte) => (byte & 0xf0) | 0x0a);
  for (let i = 1; i < GREASE_COUNT; i += 2) if (bytes[i] === bytes[i - 1]) bytes[i] ^= 0x10;
  return bytes.map((byte) => (byte << 8) | byte);
}

function shuffled(extensions: Extension[], random: Random): Extension[] {
  const order = [...extensions];
  const noise = random(order.length);
  for (let last = order.length - 1; last > 0; last--) {
    const other = noise[last] % (last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

function protocolName(name: string): Uint8Array {
  const bytes = utf8(name);
  return concat(Uint8Array.of(bytes.length), bytes);
}

function codes(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}

function vector16(bytes: Uint8Array): Uint8Array {
  return concat(codes(bytes.length), bytes);
}
