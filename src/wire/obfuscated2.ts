import type { Random } from '../kit/bytes.ts';
import { aesThirdWord } from './aes-word.ts';
import { CtrCipher, type CtrKey } from './ctr.ts';
import { FRAMING_TAGS, type Framing, framingOfTag } from './framing/framing.ts';
import { i16le, putU16le, putU32le, u32be, u32le } from './octets.ts';

/*
 * The init header in the clear; on the wire the bytes from the tag on are encrypted.
 *
 *   0       8              40          56    60    62      64
 *   | noise | key material | IV        | tag | DC  | noise |
 */
const NOISE_BYTES = 8;
const KEY_OFFSET = NOISE_BYTES;
const KEY_BYTES = 32;
const IV_OFFSET = KEY_OFFSET + KEY_BYTES;
const IV_BYTES = 16;
const TAG_OFFSET = IV_OFFSET + IV_BYTES;
const TAG_BYTES = 4;
const DC_OFFSET = TAG_OFFSET + TAG_BYTES;
const DC_BYTES = 2;
const TAIL_NOISE_BYTES = 2;

/** Length of the header that opens an obfuscated2 connection. */
export const INIT_HEADER_BYTES = DC_OFFSET + DC_BYTES + TAIL_NOISE_BYTES;

const SECRET_BYTES = 16;
const REPLAY_KEY_BYTES = 16;

/** What a client's header says, and how to go on from it. */
export interface InitHeader {
  framing: Framing;
  /** Signed: negative = media, +-10000 = test environment. */
  dc: number;
  /** Decrypts what the client sends after the header. */
  uplink: CtrCipher;
  /** What the client expects, from its first byte on. */
  downlinkKey: CtrKey;
}

/** A header of our own, and how to go on from it. */
export interface SealedHeader {
  /** The 64 bytes to send. */
  wire: Uint8Array;
  /** Encrypts what we send after the header. */
  uplink: CtrCipher;
  /** What the other side answers with, from its first byte on. */
  downlinkKey: CtrKey;
}

/** What `buildInitHeader` needs to know. */
export interface InitHeaderOptions {
  framing: Framing;
  /** Signed, 16 bits. */
  dc: number;
  random: Random;
  /** 16 bytes towards a proxy; null or absent towards a DC. */
  secretKey?: Uint8Array | null | undefined;
  /** Inside fake TLS any first bytes will do. */
  insideTls?: boolean | undefined;
  /** Fast mode: the key with which the other side is to send. */
  fastKey?: CtrKey | undefined;
}

/**
 * Opens a client's init header with one secret.
 *
 * @param wire at least 64 bytes, of which the first 64 are read; not modified
 * @param secretKey the 16-byte key, or null for a header without a secret
 * @returns the ciphers advanced past the header, or null when it is short or its tag unknown (try the next user)
 * @see protocol notes, "2.2 Keys"
 */
export function openInitHeader(wire: Uint8Array, secretKey: Uint8Array | null): InitHeader | null {
  if (wire.length < INIT_HEADER_BYTES) return null;
  const uplink = new CtrCipher(senderKey(wire, secretKey));
  const header = uplink.apply(wire.subarray(0, INIT_HEADER_BYTES));
  const framing = framingOfTag(u32le(header, TAG_OFFSET));
  if (framing === null) return null;
  return { framing, dc: i16le(header, DC_OFFSET), uplink, downlinkKey: receiverKey(wire, secretKey) };
}

// The tag is the third word of the fourth keystream block, whose counter is IV + 3.
const TAG_BLOCK = Math.floor(TAG_OFFSET / IV_BYTES);

const seed = new Uint8Array(KEY_BYTES + SECRET_BYTES);
const candidateKey = new Uint8Array(KEY_BYTES);
const counter = new Uint8Array(IV_BYTES);

/**
 * Tells whether one secret opens a header: one SHA-256 and one AES block, in a third of the time that trying to open it takes.
 *
 * Run for every user while a client is being identified, so it allocates nothing.
 *
 * @param wire at least 64 bytes, not modified
 * @returns false also when `wire` is short
 */
export function hasKnownTag(wire: Uint8Array, secretKey: Uint8Array): boolean {
  if (wire.length < INIT_HEADER_BYTES) return false;
  for (let i = 0; i < KEY_BYTES; i++) seed[i] = wire[KEY_OFFSET + i];
  for (let i = 0; i < SECRET_BYTES; i++) seed[KEY_BYTES + i] = secretKey[i];
  Bun.SHA256.hash(seed, candidateKey);
  setTagCounter(wire);
  const keystream = aesThirdWord(
    candidateKey,
    u32be(counter, 0),
    u32be(counter, 4),
    u32be(counter, 8),
    u32be(counter, 12),
  );
  return framingOfTag((u32be(wire, TAG_OFFSET) ^ keystream) >>> 0) !== null;
}

function setTagCounter(wire: Uint8Array): void {
  let carry = TAG_BLOCK;
  for (let i = IV_BYTES - 1; i >= 0; i--) {
    const sum = wire[IV_OFFSET + i] + carry;
    counter[i] = sum;
    carry = sum >>> 8;
  }
}

const MAX_ROLLS = 64; // a roll is refused about once in 250: so many in a row mean that the randomness is stuck

/**
 * Makes the header with which we open a connection, as a client of a proxy or of a DC.
 *
 * In fast mode the key material is the reverse of `fastKey`, so that the other side sends exactly what our own client expects.
 *
 * @param options `random` is asked for 64 bytes at a time, from which noise and key material are taken
 * @throws when `random` yields nothing but reserved first bytes
 * @see protocol notes, "2.6 Proxy → DC header" and "2.7 Fast mode"
 */
export function buildInitHeader(options: InitHeaderOptions): SealedHeader {
  const header = rollHeader(options);
  const secretKey = options.secretKey ?? null;
  const uplink = new CtrCipher(senderKey(header, secretKey));
  const sealed = uplink.apply(header);
  const wire = header.slice();
  wire.set(sealed.subarray(TAG_OFFSET), TAG_OFFSET);
  return { wire, uplink, downlinkKey: receiverKey(header, secretKey) };
}

function rollHeader({ framing, dc, random, insideTls = false, fastKey }: InitHeaderOptions): Uint8Array {
  for (let roll = 0; roll < MAX_ROLLS; roll++) {
    const header = new Uint8Array(random(INIT_HEADER_BYTES));
    if (!insideTls && isReservedStart(header)) continue;
    if (fastKey) setReversed(header, fastKey);
    putU32le(header, TAG_OFFSET, FRAMING_TAGS[framing]);
    putU16le(header, DC_OFFSET, dc);
    return header;
  }
  throw new Error('the randomness yields only reserved first bytes');
}

function setReversed(header: Uint8Array, { key, iv }: CtrKey): void {
  for (let i = 0; i < KEY_BYTES; i++) header[TAG_OFFSET - 1 - i] = key[i];
  for (let i = 0; i < IV_BYTES; i++) header[KEY_OFFSET + IV_BYTES - 1 - i] = iv[i];
}

/** `HEAD`, `POST`, `GET `, `OPTI`, the two intermediate tags and TLS as older servers know it. */
const RESERVED_FIRST_WORDS = new Set([
  0x48454144,
  0x504f5354,
  0x47455420,
  0x4f505449,
  FRAMING_TAGS.intermediate,
  FRAMING_TAGS.padded,
  0x16030102,
]);
const ABRIDGED_FIRST_BYTE = 0xef;

/**
 * Tells whether a header on bare TCP may not start with these 8 bytes, since a server would take them for something else.
 *
 * @see protocol notes, "2.3 First-byte restrictions"
 */
export function isReservedStart(first8: Uint8Array): boolean {
  return first8[0] === ABRIDGED_FIRST_BYTE || RESERVED_FIRST_WORDS.has(u32be(first8, 0)) || u32be(first8, 4) === 0;
}

/** The 16 bytes that name a header in the replay store: a view of [8:24). */
export function replayKeyOfHeader(wire: Uint8Array): Uint8Array {
  return wire.subarray(KEY_OFFSET, KEY_OFFSET + REPLAY_KEY_BYTES);
}

/** The key of the direction from the header's sender to its receiver. */
function senderKey(header: Uint8Array, secretKey: Uint8Array | null): CtrKey {
  return {
    key: mixed(header.subarray(KEY_OFFSET, IV_OFFSET), secretKey),
    iv: header.subarray(IV_OFFSET, TAG_OFFSET),
  };
}

/** The key of the direction from the header's receiver to its sender. */
function receiverKey(header: Uint8Array, secretKey: Uint8Array | null): CtrKey {
  const key = new Uint8Array(KEY_BYTES);
  for (let i = 0; i < KEY_BYTES; i++) key[i] = header[TAG_OFFSET - 1 - i];
  const iv = new Uint8Array(IV_BYTES);
  for (let i = 0; i < IV_BYTES; i++) iv[i] = header[KEY_OFFSET + IV_BYTES - 1 - i];
  return { key: mixed(key, secretKey), iv };
}

function mixed(material: Uint8Array, secretKey: Uint8Array | null): Uint8Array {
  if (secretKey === null) return material;
  const key = new Uint8Array(KEY_BYTES);
  seed.set(material);
  seed.set(secretKey, KEY_BYTES);
  Bun.SHA256.hash(seed, key);
  return key;
}
