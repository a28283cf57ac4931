import type { Random } from '../../../kit/bytes.ts';
import type { AuthKey } from './auth-key.ts';
import { type Message, sealMessage } from './encrypted-message.ts';
import { TL } from './names.ts';
import { TlReader } from './tl-reader.ts';
import { TlWriter } from './tl-writer.ts';
import { unpack } from './unwrap.ts';

const MAX_CONTAINER = 1020;
const SALT_LIFE_SECONDS = 1800;
const ANSWER_BITS = 1n; // message ids of the server are odd: 1 mod 4 answers, 3 mod 4 notifies
const RECEIVED = 4; // msgs_state_info: "message received"

/** What a session needs of its surroundings. */
export interface SessionSurroundings {
  readonly random: Random;
  now(): number; // Unix milliseconds
  send(packet: Uint8Array): void;
  /** Answers an API request with the object that goes into `rpc_result`. */
  answer(request: Uint8Array): Uint8Array;
  forget(authKey: AuthKey): void;
}

/** The data centre's side of encrypted messages on one connection: service messages here, requests go to `answer`. */
export class EncryptedSession {
  readonly #around: SessionSurroundings;
  readonly #authKey: AuthKey;
  #lastId = 0n;
  #contentMessages = 0;
  #session = 0n;

  constructor(around: SessionSurroundings, authKey: AuthKey) {
    this.#around = around;
    this.#authKey = authKey;
  }

  receive(message: Message): void {
    this.#session = message.session;
    this.#greet(message);
    this.#take(message.id, message.body);
  }

  /** Tells a client session, once, that it is new: as the real servers do before anything else. */
  #greet(first: Message): void {
    if (this.#authKey.sessions.has(first.session)) return;
    this.#authKey.sessions.add(first.session);
    const greeting = new TlWriter().int(TL.newSessionCreated).long(earliestId(first)).raw(this.#around.random(8));
    this.#send(greeting.long(this.#authKey.salt), true);
  }

  #take(id: bigint, body: Uint8Array): void {
    const reader = new TlReader(body);
    switch (reader.int()) {
      case TL.msgContainer:
        this.#takeAll(reader);
        return;
      case TL.gzipPacked:
        this.#take(id, unpack(reader.string()));
        return;
      case TL.msgsAck:
      case TL.httpWait:
      case TL.msgsAllInfo:
      case TL.msgsStateInfo:
        return;
      case TL.ping:
      case TL.pingDelayDisconnect:
        this.#send(new TlWriter().int(TL.pong).long(id).long(reader.long()), false);
        return;
      case TL.getFutureSalts:
        this.#send(this.#futureSalts(id), false);
        return;
      case TL.msgsStateReq:
      case TL.msgResendReq:
        this.#send(stateInfo(id, reader.longs().length), false);
        return;
      case TL.destroySession:
        this.#send(new TlWriter().int(TL.destroySessionOk).long(reader.long()), false);
        return;
      case TL.destroyAuthKey:
        this.#send(new TlWriter().int(TL.destroyAuthKeyOk), false);
        this.#around.forget(this.#authKey);
        return;
      case TL.rpcDropAnswer:
        this.#answer(id, new TlWriter().int(TL.rpcAnswerUnknown).bytes());
        return;
      default:
        this.#answer(id, this.#around.answer(body));
        return;
    }
  }

  #takeAll(reader: TlReader): void {
    const count = Math.min(reader.int(), MAX_CONTAINER);
    for (let i = 0; i < count; i++) {
      const id = reader.long();
      reader.int(); // sequence
      const body = reader.raw(reader.int());
      if (reader.isShort) return;
      this.#take(id, body);
    }
  }

  #answer(id: bigint, result: Uint8Array): void {
    this.#send(new TlWriter().int(TL.rpcResult).long(id).raw(result), true);
  }

  #futureSalts(id: bigint): TlWriter {
    const now = Math.floor(this.#around.now() / 1000);
    const salts = new TlWriter().int(TL.futureSalts).long(id).int(now).int(1);
    return salts
      .int(now)
      .int(now + SALT_LIFE_SECONDS)
      .long(this.#authKey.salt);
  }

  #send(body: TlWriter, isContent: boolean): void {
    const sequence = this.#contentMessages * 2 + (isContent ? 1 : 0);
    if (isContent) this.#contentMessages++;
    const head = { salt: this.#authKey.salt, session: this.#session, id: this.#nextId(), sequence };
    this.#around.send(sealMessage({ ...head, body: body.bytes() }, this.#authKey, 'downlink', this.#around.random));
  }

  #nextId(): bigint {
    const now = (BigInt(Math.floor(this.#around.now())) << 32n) / 1000n;
    const fromClock = (now & ~3n) | ANSWER_BITS;
    this.#lastId = fromClock > this.#lastId ? fromClock : this.#lastId + 4n;
    return this.#lastId;
  }
}

/** The lowest message id of a message or of the container in it. */
function earliestId(message: Message): bigint {
  const reader = new TlReader(message.body);
  if (reader.int() !== TL.msgContainer) return message.id;
  const count = Math.min(reader.int(), MAX_CONTAINER);
  let earliest = message.id;
  for (let i = 0; i < count && !reader.isShort; i++) {
    const id = reader.long();
    reader.int();
    reader.raw(reader.int());
    if (!reader.isShort && id < earliest) earliest = id;
  }
  return earliest;
}

function stateInfo(id: bigint, count: number): TlWriter {
  return new TlWriter().int(TL.msgsStateInfo).long(id).string(new Uint8Array(count).fill(RECEIVED));
}
