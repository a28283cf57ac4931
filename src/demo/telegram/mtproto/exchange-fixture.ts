import { constants, createHash, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { concat, fromHex, hex } from '../../../kit/bytes.ts';
import { igeDecrypt, igeEncrypt } from './ige.ts';
import { TlReader } from './tl-reader.ts';
import { TlWriter } from './tl-writer.ts';

const P = fromHex('494c553b');
const Q = fromHex('53911073');

export type RsaScheme = 'RSA_PAD' | 'older';

/** A client's side of the key exchange, written from the documentation alone, for tests of the data centre's side. */
export class ExchangeClient {
  readonly nonce = random(16);
  readonly newNonce = random(32);
  serverNonce = new Uint8Array(16);
  fingerprint = 0n;
  authKey = new Uint8Array(0);
  readonly #scheme: RsaScheme;
  readonly #publicPem: string;

  constructor(publicPem: string, scheme: RsaScheme) {
    this.#publicPem = publicPem;
    this.#scheme = scheme;
  }

  reqPq(method = 0xbe7e8ef1): Uint8Array {
    return new TlWriter().int(method).raw(this.nonce).bytes();
  }

  /** @param type 'dc', 'temp' or 'plain' inner data */
  reqDhParams(resPq: Uint8Array, type: 'plain' | 'dc' | 'temp' | 'temp-dc' = 'dc'): Uint8Array {
    const reader = new TlReader(resPq);
    if (reader.int() !== 0x05162463 || hex(reader.raw(16)) !== hex(this.nonce)) throw new Error('no resPQ');
    this.serverNonce = reader.raw(16).slice();
    const pq = reader.string();
    if (BigInt(`0x${hex(pq)}`) !== BigInt(`0x${hex(P)}`) * BigInt(`0x${hex(Q)}`)) throw new Error('pq is not p q');
    this.fingerprint = reader.longs()[0] ?? 0n;
    const block = this.#encrypt(this.#inner(pq, type));
    const request = new TlWriter().int(0xd712e4be).raw(this.nonce).raw(this.serverNonce).string(P).string(Q);
    return request.long(this.fingerprint).string(block).bytes();
  }

  setClientDhParams(answer: Uint8Array): Uint8Array {
    const reader = new TlReader(answer);
    if (reader.int() !== 0xd0e8075c) throw new Error('no server_DH_params_ok');
    reader.raw(32);
    const plain = igeDecrypt(reader.string(), this.#temporaryKey());
    const inner = new TlReader(plain.subarray(20));
    if (inner.int() !== 0xb5890dba) throw new Error('no server_DH_inner_data');
    inner.raw(32);
    const g = BigInt(inner.int());
    const prime = BigInt(`0x${hex(inner.string())}`);
    const serverPublic = BigInt(`0x${hex(inner.string())}`);
    inner.int();
    if (hex(sha1(plain.subarray(20, 20 + inner.consumed))) !== hex(plain.subarray(0, 20))) throw new Error('bad hash');
    const b = BigInt(`0x${hex(random(256))}`);
    this.authKey = bytesOf(power(serverPublic, b, prime));
    const body = new TlWriter().int(0x6643b654).raw(this.nonce).raw(this.serverNonce).long(0n);
    const written = body.string(bytesOf(power(g, b, prime))).bytes();
    const padding = random((16 - ((20 + written.length) % 16)) % 16);
    const sealed = igeEncrypt(concat(sha1(written), written, padding), this.#temporaryKey());
    return new TlWriter().int(0xf5045f1f).raw(this.nonce).raw(this.serverNonce).string(sealed).bytes();
  }

  /** Whether the last answer is dh_gen_ok with the right hash of the new nonce. */
  isDone(answer: Uint8Array): boolean {
    const hash = sha1(this.newNonce, Uint8Array.of(1), sha1(this.authKey).subarray(0, 8)).subarray(4);
    return hex(answer) === hex(concat(fromHex('34f7cb3b'), this.nonce, this.serverNonce, hash));
  }

  #inner(pq: Uint8Array, type: 'plain' | 'dc' | 'temp' | 'temp-dc'): Uint8Array {
    const name = { plain: 0x83c95aec, dc: 0xa9f55f95, temp: 0x3c6a84d4, 'temp-dc': 0x56fddf88 }[type];
    const inner = new TlWriter().int(name).string(pq).string(P).string(Q);
    inner.raw(this.nonce).raw(this.serverNonce).raw(this.newNonce);
    if (type === 'dc' || type === 'temp-dc') inner.int(2);
    if (type === 'temp' || type === 'temp-dc') inner.int(86_400);
    return inner.bytes();
  }

  #encrypt(inner: Uint8Array): Uint8Array {
    if (this.#scheme === 'older') {
      return this.#rsa(concat(Uint8Array.of(0), sha1(inner), inner, random(235 - inner.length)));
    }
    const padded = concat(inner, random(192 - inner.length));
    const tempKey = random(32);
    const withHash = concat(padded.slice().reverse(), sha256(tempKey, padded));
    const encrypted = igeEncrypt(withHash, { key: tempKey, iv: new Uint8Array(32) });
    const mask = sha256(encrypted);
    const masked = tempKey.map((byte, i) => byte ^ mask[i]);
    if (masked[0] >= 0x80) return this.#encrypt(inner); // a number below the modulus is wanted: once more
    return this.#rsa(concat(masked, encrypted));
  }

  #rsa(block: Uint8Array): Uint8Array {
    const key = { key: createPublicKey(this.#publicPem), padding: constants.RSA_NO_PADDING };
    return new Uint8Array(publicEncrypt(key, block));
  }

  #temporaryKey(): { key: Uint8Array; iv: Uint8Array } {
    const a = sha1(this.newNonce, this.serverNonce);
    const b = sha1(this.serverNonce, this.newNonce);
    const c = sha1(this.newNonce, this.newNonce);
    return { key: concat(a, b.subarray(0, 12)), iv: concat(b.subarray(12, 20), c, this.newNonce.subarray(0, 4)) };
  }
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

function sha1(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha1')
      .update(concat(...parts))
      .digest(),
  );
}

function sha256(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  );
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits % 2n === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function bytesOf(value: bigint): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(512, '0'), 'hex'));
}
