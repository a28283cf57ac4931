import { concat, equal, type Random } from '../../../kit/bytes.ts';
import type { AuthKey } from './auth-key.ts';
import { sha256 } from './hashes.ts';
import { type IgeKey, igeDecrypt, igeEncrypt } from './ige.ts';
import { TlReader } from './tl-reader.ts';
import { TlWriter } from './tl-writer.ts';

const KEY_ID_BYTES = 8;
const MESSAGE_KEY_BYTES = 16;
const HEADER_BYTES = KEY_ID_BYTES + MESSAGE_KEY_BYTES;
const BLOCK = 16;
const MIN_PADDING = 12;
const QUICK_ACK_BIT = 0x80000000;

/** Where the parts of the authorisation key begin that each direction uses. */
const DIRECTION_OFFSET = { uplink: 0, downlink: 8 } as const;
export type Direction = keyof typeof DIRECTION_OFFSET;

export interface Message {
  readonly salt: bigint;
  readonly session: bigint;
  readonly id: bigint;
  readonly sequence: number;
  readonly body: Uint8Array;
}

/**
 * Opens an encrypted message of MTProto 2.0.
 *
 *   0       8      24
 *   | key id | msg_key | IGE( salt 8 | session 8 | message id 8 | sequence 4 | length 4 | body | 12..1024 random )
 *
 * @returns the message and the token of its quick ack, or null when its message key does not fit
 * @see https://core.telegram.org/mtproto/description
 */
export function openMessage(
  packet: Uint8Array,
  authKey: AuthKey,
  direction: Direction,
): { message: Message; quickAck: number } | null {
  const encrypted = packet.subarray(HEADER_BYTES);
  if (encrypted.length === 0 || encrypted.length % BLOCK !== 0) return null;
  const messageKey = packet.subarray(KEY_ID_BYTES, HEADER_BYTES);
  const plain = igeDecrypt(encrypted, keyFor(messageKey, authKey.key, direction));
  const digest = plainDigest(plain, authKey.key, direction);
  if (!equal(digest.subarray(8, 8 + MESSAGE_KEY_BYTES), messageKey)) return null;
  const message = readPlain(plain);
  const token = new DataView(digest.buffer).getUint32(0, true);
  return message && { message, quickAck: (token | QUICK_ACK_BIT) >>> 0 };
}

/** Seals a message; the opposite of `openMessage`. */
export function sealMessage(message: Message, authKey: AuthKey, direction: Direction, random: Random): Uint8Array {
  const head = new TlWriter().long(message.salt).long(message.session).long(message.id).int(message.sequence);
  const written = head.int(message.body.length).raw(message.body).bytes();
  const padding = MIN_PADDING + ((BLOCK - ((written.length + MIN_PADDING) % BLOCK)) % BLOCK);
  const plain = concat(written, random(padding));
  const messageKey = plainDigest(plain, authKey.key, direction).subarray(8, 8 + MESSAGE_KEY_BYTES);
  return concat(authKey.id, messageKey, igeEncrypt(plain, keyFor(messageKey, authKey.key, direction)));
}

function readPlain(plain: Uint8Array): Message | null {
  const reader = new TlReader(plain);
  const head = { salt: reader.long(), session: reader.long(), id: reader.long(), sequence: reader.int() };
  const body = reader.raw(reader.int());
  return reader.isShort ? null : { ...head, body };
}

/** SHA-256 whose middle is the message key and whose head is the quick-ack token. */
function plainDigest(plain: Uint8Array, key: Uint8Array, direction: Direction): Uint8Array {
  const x = DIRECTION_OFFSET[direction];
  return sha256(key.subarray(88 + x, 120 + x), plain);
}

function keyFor(messageKey: Uint8Array, key: Uint8Array, direction: Direction): IgeKey {
  const x = DIRECTION_OFFSET[direction];
  const a = sha256(messageKey, key.subarray(x, x + 36));
  const b = sha256(key.subarray(40 + x, 76 + x), messageKey);
  return {
    key: concat(a.subarray(0, 8), b.subarray(8, 24), a.subarray(24)),
    iv: concat(b.subarray(0, 8), a.subarray(8, 24), b.subarray(24)),
  };
}
