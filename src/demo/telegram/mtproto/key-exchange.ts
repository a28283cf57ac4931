import { concat, equal, fromHex, type Random } from '../../../kit/bytes.ts';
import { type AuthKey, newAuthKey } from './auth-key.ts';
import { DH_BYTES, DH_GENERATOR, DH_PRIME, modularPower } from './diffie-hellman.ts';
import { sha1 } from './hashes.ts';
import { type IgeKey, igeDecrypt, igeEncrypt } from './ige.ts';
import { TL } from './names.ts';
import { openPqInner } from './pq-inner.ts';
import type { ServerKey } from './server-key.ts';
import { TlReader } from './tl-reader.ts';
import { TlWriter } from './tl-writer.ts';

const NONCE_BYTES = 16;
const SHA1_BYTES = 20;
const BLOCK = 16;
/** 494c553b x 53911073: the example of Telegram's documentation, quick to factorise. */
const PQ = fromHex('17ed48941a08f981');

export type ExchangeStep =
  | { kind: 'answer'; body: Uint8Array }
  | { kind: 'done'; body: Uint8Array; authKey: AuthKey }
  | { kind: 'reject'; reason: string };

/**
 * The data centre's side of one authorisation key exchange, message by message.
 *
 * @see https://core.telegram.org/mtproto/auth_key
 */
export class KeyExchange {
  readonly #serverKey: ServerKey;
  readonly #random: Random;
  #nonce: Uint8Array = new Uint8Array(NONCE_BYTES);
  #serverNonce: Uint8Array = new Uint8Array(NONCE_BYTES);
  #newNonce: Uint8Array | null = null;
  #exponent: Uint8Array | null = null;

  constructor(serverKey: ServerKey, random: Random) {
    this.#serverKey = serverKey;
    this.#random = random;
  }

  /** Answers the body of one unencrypted message. */
  step(body: Uint8Array, unixSeconds: number): ExchangeStep {
    const reader = new TlReader(body);
    switch (reader.int()) {
      case TL.reqPq:
      case TL.reqPqMulti:
        return this.#begin(reader);
      case TL.reqDhParams:
        return this.#offerParams(reader, unixSeconds);
      case TL.setClientDhParams:
        return this.#finish(reader);
      default:
        return reject('not a message of the key exchange');
    }
  }

  #begin(reader: TlReader): ExchangeStep {
    this.#nonce = reader.raw(NONCE_BYTES).slice();
    if (reader.isShort) return reject('req_pq is short');
    this.#serverNonce = this.#random(NONCE_BYTES);
    this.#newNonce = null;
    const answer = this.#headed(TL.resPq).string(PQ).longs([this.#serverKey.fingerprint]);
    return { kind: 'answer', body: answer.bytes() };
  }

  #offerParams(reader: TlReader, unixSeconds: number): ExchangeStep {
    if (!this.#sameNonces(reader)) return reject('req_DH_params has other nonces');
    reader.string(); // p
    reader.string(); // q
    const fingerprint = reader.long();
    const block = reader.string();
    if (reader.isShort || fingerprint !== this.#serverKey.fingerprint) return reject('req_DH_params names another key');
    const inner = openPqInner(block, this.#serverKey);
    if (inner === null) return reject('the RSA block does not open');
    if (!equal(inner.nonce, this.#nonce) || !equal(inner.serverNonce, this.#serverNonce)) {
      return reject('the RSA block has other nonces');
    }
    this.#newNonce = inner.newNonce.slice();
    return { kind: 'answer', body: this.#paramsAnswer(this.#newNonce, unixSeconds) };
  }

  #paramsAnswer(newNonce: Uint8Array, unixSeconds: number): Uint8Array {
    this.#exponent = this.#random(DH_BYTES);
    const publicValue = modularPower(Uint8Array.of(DH_GENERATOR), this.#exponent, DH_PRIME);
    const inner = this.#headed(TL.serverDhInner).int(DH_GENERATOR).string(DH_PRIME).string(publicValue);
    const body = inner.int(unixSeconds).bytes();
    const padding = (BLOCK - ((SHA1_BYTES + body.length) % BLOCK)) % BLOCK;
    const plain = concat(sha1(body), body, this.#random(padding));
    const encrypted = igeEncrypt(plain, temporaryKey(newNonce, this.#serverNonce));
    return this.#headed(TL.serverDhParamsOk).string(encrypted).bytes();
  }

  #finish(reader: TlReader): ExchangeStep {
    if (!this.#sameNonces(reader)) return reject('set_client_DH_params has other nonces');
    const encrypted = reader.string();
    const [newNonce, exponent] = [this.#newNonce, this.#exponent];
    if (newNonce === null || exponent === null) return reject('set_client_DH_params comes too early');
    if (reader.isShort || encrypted.length % BLOCK !== 0) return reject('set_client_DH_params is short');
    const publicValue = this.#openClientInner(igeDecrypt(encrypted, temporaryKey(newNonce, this.#serverNonce)));
    if (publicValue === null) return reject('the client inner data does not open');
    const authKey = newAuthKey(modularPower(publicValue, exponent, DH_PRIME), salt(newNonce, this.#serverNonce));
    const auxHash = sha1(authKey.key).subarray(0, 8);
    const newNonceHash = sha1(newNonce, Uint8Array.of(1), auxHash).subarray(SHA1_BYTES - NONCE_BYTES);
    this.#newNonce = null;
    return { kind: 'done', body: this.#headed(TL.dhGenOk).raw(newNonceHash).bytes(), authKey };
  }

  /** The client's public value g_b, or null when the digest or the nonces are wrong. */
  #openClientInner(plain: Uint8Array): Uint8Array | null {
    const body = plain.subarray(SHA1_BYTES);
    const reader = new TlReader(body);
    if (reader.int() !== TL.clientDhInner || !this.#sameNonces(reader)) return null;
    reader.long(); // retry_id
    const publicValue = reader.string();
    if (reader.isShort) return null;
    const isIntact = equal(sha1(body.subarray(0, reader.consumed)), plain.subarray(0, SHA1_BYTES));
    return isIntact ? publicValue : null;
  }

  #headed(type: number): TlWriter {
    return new TlWriter().int(type).raw(this.#nonce).raw(this.#serverNonce);
  }

  #sameNonces(reader: TlReader): boolean {
    return equal(reader.raw(NONCE_BYTES), this.#nonce) && equal(reader.raw(NONCE_BYTES), this.#serverNonce);
  }
}

function temporaryKey(newNonce: Uint8Array, serverNonce: Uint8Array): IgeKey {
  const first = sha1(newNonce, serverNonce);
  const second = sha1(serverNonce, newNonce);
  const third = sha1(newNonce, newNonce);
  return {
    key: concat(first, second.subarray(0, 12)),
    iv: concat(second.subarray(12), third, newNonce.subarray(0, 4)),
  };
}

function salt(newNonce: Uint8Array, serverNonce: Uint8Array): bigint {
  const mixed = newNonce.slice(0, 8).map((byte, i) => byte ^ (serverNonce[i] ?? 0));
  return new DataView(mixed.buffer).getBigUint64(0, true);
}

function reject(reason: string): ExchangeStep {
  return { kind: 'reject', reason };
}
