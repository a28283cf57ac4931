import { concat, type Random } from '../../kit/bytes.ts';
import { type Counters, count } from './counters.ts';
import type { Peer } from './dc-peer.ts';
import type { AuthKey, AuthKeys } from './mtproto/auth-key.ts';
import { openMessage } from './mtproto/encrypted-message.ts';
import { EncryptedSession } from './mtproto/encrypted-session.ts';
import { KeyExchange } from './mtproto/key-exchange.ts';
import { TL } from './mtproto/names.ts';
import { answerRequest, type RpcPlace } from './mtproto/rpc.ts';
import type { ServerKey } from './mtproto/server-key.ts';
import { TlReader } from './mtproto/tl-reader.ts';
import { TlWriter } from './mtproto/tl-writer.ts';

const KEY_ID_BYTES = 8;
const PLAIN_HEADER_BYTES = KEY_ID_BYTES + 8 + 4; // key id 0, message id, length
const MAX_REFUSALS = 20;
/** Transport error -404: the authorisation key is not known here. */
const UNKNOWN_KEY = Uint8Array.of(0x6c, 0xfe, 0xff, 0xff);

/** What one data centre shares among its connections. */
export interface MtprotoPlace extends RpcPlace {
  readonly counters: Counters;
  readonly serverKey: ServerKey;
  readonly authKeys: AuthKeys;
  readonly random: Random;
  now(): number; // Unix milliseconds
}

/** The data centre's side of MTProto on one connection: key exchange, then encrypted messages. */
export class MtprotoAnswers {
  readonly #place: MtprotoPlace;
  readonly #peer: Peer;
  readonly #exchange: KeyExchange;
  readonly #sessions = new Map<AuthKey, EncryptedSession>();
  #lastId = 0n;

  constructor(place: MtprotoPlace, peer: Peer) {
    this.#place = place;
    this.#peer = peer;
    this.#exchange = new KeyExchange(place.serverKey, place.random);
  }

  /** @param payload one frame, perhaps with padding behind the message */
  receive(payload: Uint8Array, wantsQuickAck: boolean): void {
    const keyId = payload.subarray(0, KEY_ID_BYTES);
    if (keyId.every((byte) => byte === 0)) {
      this.#exchangeKeys(payload);
      return;
    }
    const authKey = this.#place.authKeys.find(keyId);
    if (authKey === null) {
      this.#peer.send(UNKNOWN_KEY);
      return;
    }
    const blocks = payload.length - ((payload.length - 24) % 16); // what framings add is no whole block
    const opened = openMessage(payload.subarray(0, blocks), authKey, 'uplink');
    if (opened === null) {
      this.#refuse('an encrypted message does not open');
      return;
    }
    this.#place.counters.encryptedMessages++;
    if (wantsQuickAck) this.#acknowledge(opened.quickAck);
    this.#sessionOf(authKey).receive(opened.message);
  }

  #exchangeKeys(payload: Uint8Array): void {
    const header = new TlReader(payload.subarray(0, PLAIN_HEADER_BYTES));
    header.long();
    header.long();
    const length = header.int();
    const body = payload.subarray(PLAIN_HEADER_BYTES, PLAIN_HEADER_BYTES + length);
    if (header.isShort || body.length < length) {
      this.#refuse('an unencrypted message is short');
      return;
    }
    const step = this.#exchange.step(body, Math.floor(this.#place.now() / 1000));
    if (step.kind === 'reject') {
      this.#refuse(step.reason);
      return;
    }
    this.#note(body, step.kind === 'done' ? step.authKey : null);
    const head = new TlWriter().long(0n).long(this.#nextId()).int(step.body.length);
    this.#peer.send(concat(head.bytes(), step.body));
  }

  #note(body: Uint8Array, made: AuthKey | null): void {
    const method = new TlReader(body).int();
    if (method === TL.reqPq || method === TL.reqPqMulti) this.#place.counters.pqRequests++;
    if (made === null) return;
    this.#place.counters.keysMade++;
    this.#place.authKeys.add(made);
  }

  #acknowledge(token: number): void {
    this.#place.counters.quickAcks++;
    this.#peer.sendQuickAck(token);
  }

  #sessionOf(authKey: AuthKey): EncryptedSession {
    const known = this.#sessions.get(authKey);
    if (known !== undefined) return known;
    const session = new EncryptedSession(
      {
        random: this.#place.random,
        now: () => this.#place.now(),
        send: (packet) => this.#peer.send(packet),
        answer: (request) => this.#answer(request),
        forget: (key) => this.#place.authKeys.remove(key),
      },
      authKey,
    );
    this.#sessions.set(authKey, session);
    return session;
  }

  #answer(request: Uint8Array): Uint8Array {
    const { method, result } = answerRequest(request, this.#place, Math.floor(this.#place.now() / 1000));
    count(this.#place.counters.byMethod, method);
    return result;
  }

  #refuse(reason: string): void {
    const { counters } = this.#place;
    counters.malformed++;
    if (counters.refusals.length < MAX_REFUSALS) counters.refusals.push(reason);
    this.#peer.finish();
  }

  /** Ids of unencrypted answers: 1 mod 4, growing. */
  #nextId(): bigint {
    const fromClock = (((BigInt(Math.floor(this.#place.now())) << 32n) / 1000n) & ~3n) | 1n;
    this.#lastId = fromClock > this.#lastId ? fromClock : this.#lastId + 4n;
    return this.#lastId;
  }
}
