import { concat } from '../../src/kit/bytes.ts';
import { CtrCipher } from '../../src/wire/ctr.ts';
import { INIT_HEADER_BYTES, openInitHeader } from '../../src/wire/obfuscated2.ts';
import { until } from './proxy.ts';
import { RawListener, type RawPeer } from './raw-peer.ts';

/** One connection to a data centre that a test drives by hand: stream bytes in and out, without frames. */
export class RawDcSide {
  readonly peer: RawPeer;
  /** The signed id of the init header; null until that has come. */
  dc: number | null = null;
  received = 0;
  /** Takes the uplink bytes, deobfuscated; without it they are collected in `bytes`. */
  onBytes: ((bytes: Uint8Array) => void) | null = null;
  #opening: Uint8Array = new Uint8Array(0);
  #uplink: CtrCipher | null = null;
  #downlink: CtrCipher | null = null;
  readonly #collected: Uint8Array[] = [];

  readonly #onJoined: (side: RawDcSide) => void;

  /** @param onJoined called when the init header has come */
  constructor(peer: RawPeer, onJoined: (side: RawDcSide) => void) {
    this.peer = peer;
    this.#onJoined = onJoined;
    peer.onBytes = (chunk) => this.#read(chunk);
    peer.onFin = () => {
      if (this.dc === null) peer.close();
    };
  }

  /** Everything received after the init header. */
  get bytes(): Uint8Array {
    return concat(...this.#collected);
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#downlink === null) throw new Error('no init header yet');
    await this.peer.write(this.#downlink.apply(bytes));
  }

  #read(chunk: Uint8Array): void {
    if (this.#uplink !== null) {
      this.#take(this.#uplink.apply(chunk));
      return;
    }
    this.#opening = concat(this.#opening, chunk);
    if (this.#opening.length < INIT_HEADER_BYTES) return;
    const header = openInitHeader(this.#opening, null);
    if (header === null) throw new Error('the proxy sent no init header');
    this.dc = header.dc;
    this.#uplink = header.uplink;
    this.#downlink = new CtrCipher(header.downlinkKey);
    this.#onJoined(this);
    this.#take(header.uplink.apply(this.#opening.subarray(INIT_HEADER_BYTES)));
  }

  #take(bytes: Uint8Array): void {
    this.received += bytes.length;
    if (this.onBytes !== null) this.onBytes(bytes);
    else if (bytes.length > 0) this.#collected.push(bytes);
  }
}

/** A data centre that a test drives by hand. Probes and connections opened ahead never send a header: they don't count. */
export class RawDataCenter implements Disposable {
  readonly listener: RawListener;
  /** Connections that got an init header, in that order. */
  readonly joined: RawDcSide[] = [];
  #handedOut = 0;

  constructor() {
    const join = (side: RawDcSide) => void this.joined.push(side);
    this.listener = new RawListener((peer) => void new RawDcSide(peer, join));
  }

  get port(): number {
    return this.listener.port;
  }

  /** Waits for the next session that the proxy joins to this data centre. */
  async next(): Promise<RawDcSide> {
    const index = this.#handedOut++;
    await until(() => this.joined.length > index, `session ${index} at the data centre`);
    return this.joined[index] ?? Promise.reject(new Error('gone'));
  }

  stop(): void {
    this.listener.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
