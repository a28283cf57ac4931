import { concat } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import { ClientStream } from '../client/client-stream.ts';
import type { EndReason } from '../client/options.ts';
import type { SimulatedDataCenter } from './data-center.ts';
import { type AuthKey, newAuthKey } from './mtproto/auth-key.ts';
import { openMessage, sealMessage } from './mtproto/encrypted-message.ts';
import { ExchangeClient } from './mtproto/exchange-fixture.ts';
import { TlReader } from './mtproto/tl-reader.ts';
import { TlWriter } from './mtproto/tl-writer.ts';

/** A connection to a data centre on which a test talks MTProto, one frame at a time. */
export class Talk {
  readonly ended: Promise<EndReason>;
  readonly quickAcks: number[] = [];
  /** The token of the quick ack of the last message said. */
  lastToken = 0;
  readonly #stream: ClientStream;
  readonly #frames: Uint8Array[] = [];
  #wake: () => void = () => {};
  #reason: EndReason | null = null;
  #authKey: AuthKey = newAuthKey(new Uint8Array(256), 0n);
  #lastId = BigInt(Math.floor(Date.now() / 1000)) << 32n;

  private constructor(dc: SimulatedDataCenter, framing: Framing, dcId: number) {
    let resolveEnded: (reason: EndReason) => void = () => {};
    this.ended = new Promise((resolve) => {
      resolveEnded = resolve;
    });
    this.#stream = new ClientStream(
      { host: dc.address, port: dc.port, secret: null, framing, dc: dcId },
      {
        onOpen: () => this.#wake(),
        onFrame: (payload) => {
          this.#frames.push(payload);
          this.#wake();
        },
        onQuickAck: (token) => this.quickAcks.push(token),
        onWritable: () => {},
        onEnded: (failure) => {
          this.#reason = failure.reason;
          resolveEnded(failure.reason);
          this.#wake();
        },
      },
    );
  }

  static open(dc: SimulatedDataCenter, framing: Framing = 'padded', dcId = 2): Promise<Talk> {
    const talk = new Talk(dc, framing, dcId);
    return new Promise((resolve) => {
      talk.#wake = () => resolve(talk);
      talk.#stream.start();
    });
  }

  send(frame: Uint8Array, quickAck = false): void {
    this.#stream.send(frame, quickAck);
  }

  /** The next frame; rejects when the connection ends before it. */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#reason !== null) throw new Error(`the connection ended: ${this.#reason}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Makes an authorisation key, as a client does first. @returns the client's side of the exchange */
  async exchangeKeys(publicPem: string): Promise<ExchangeClient> {
    const client = new ExchangeClient(publicPem, 'RSA_PAD');
    const params = await this.#plain(client.reqDhParams(await this.#plain(client.reqPq())));
    const last = await this.#plain(client.setClientDhParams(params));
    if (!client.isDone(last)) throw new Error('the key exchange failed');
    this.#authKey = newAuthKey(client.authKey, 0n);
    return client;
  }

  /** Sends a message under the key. @returns its id */
  say(body: Uint8Array, options: { quickAck?: boolean } = {}): bigint {
    this.#lastId += 4n;
    const message = { salt: 0n, session: 77n, id: this.#lastId, sequence: 1, body };
    const packet = sealMessage(message, this.#authKey, 'uplink', systemRandom);
    this.lastToken = openMessage(packet, this.#authKey, 'uplink')?.quickAck ?? 0;
    this.send(packet, options.quickAck ?? false);
    return this.#lastId;
  }

  /** The body of the next message under the key. */
  async hear(): Promise<TlReader> {
    const packet = await this.next();
    const opened = openMessage(
      packet.subarray(0, packet.length - ((packet.length - 24) % 16)),
      this.#authKey,
      'downlink',
    );
    if (opened === null) throw new Error('the answer does not open');
    return new TlReader(opened.message.body);
  }

  close(): void {
    this.#stream.close();
  }

  async #plain(body: Uint8Array): Promise<Uint8Array> {
    this.#lastId += 4n;
    this.send(concat(new TlWriter().long(0n).long(this.#lastId).int(body.length).bytes(), body));
    const header = new TlReader(await this.next());
    if (header.long() !== 0n || header.long() % 4n !== 1n) throw new Error('not an unencrypted answer');
    return header.raw(header.int());
  }
}
