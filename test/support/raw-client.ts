import { DownlinkRecords } from '../../src/demo/client/downlink-records.ts';
import { concat, hex } from '../../src/kit/bytes.ts';
import { systemRandom } from '../../src/kit/random.ts';
import { CtrCipher } from '../../src/wire/ctr.ts';
import { buildInitHeader, type SealedHeader } from '../../src/wire/obfuscated2.ts';
import type { Secret, SecretKind } from '../../src/wire/secret.ts';
import { helloRandom } from '../../src/wire/tls/client-hello.ts';
import { CHANGE_CIPHER_SPEC, RecordWriter } from '../../src/wire/tls/records.ts';
import { readServerFlight } from '../../src/wire/tls/server-flight.ts';
import { signedHello } from './hellos.ts';
import { secretOf } from './proxy.ts';
import { RawPeer } from './raw-peer.ts';

const UPLINK_RECORD_BYTES = 2878;

/** Connects and goes through the fake-TLS handshake up to the flight, and no further. @param preface a PROXY header */
export async function connectToFlight(
  port: number,
  secret: Secret = secretOf('ee'),
  preface: Uint8Array = new Uint8Array(0),
): Promise<RawPeer> {
  const peer = await RawPeer.connect(port);
  if (preface.length > 0) await peer.write(preface);
  const hello = signedHello({ domain: secret.domain, key: hex(secret.key) });
  await peer.write(hello);
  const flight = () => readServerFlight(peer.bytes, secret.key, helloRandom(hello));
  await peer.until(() => flight().kind !== 'need-more', 'the flight');
  const reading = flight();
  if (reading.kind !== 'match' || reading.consumed !== peer.received) throw new Error('the flight is none');
  return peer;
}

/** A client past its handshake: a test writes and reads its stream byte by byte, without frames. */
export class RawClient implements AsyncDisposable {
  readonly peer: RawPeer;
  /** Takes the downlink bytes, deobfuscated; without it they are collected in `bytes`. */
  onBytes: ((piece: Uint8Array) => void) | null = null;
  received = 0;
  readonly #header: SealedHeader;
  readonly #downlink: CtrCipher;
  readonly #writer: RecordWriter | null;
  readonly #records: DownlinkRecords | null;
  readonly #collected: Uint8Array[] = [];

  private constructor(peer: RawPeer, header: SealedHeader, isTls: boolean) {
    this.peer = peer;
    this.#header = header;
    this.#downlink = new CtrCipher(header.downlinkKey);
    this.#writer = isTls ? new RecordWriter(UPLINK_RECORD_BYTES) : null;
    this.#records = isTls ? new DownlinkRecords() : null;
    peer.onBytes = (chunk) => this.#read(chunk);
  }

  /** Connects and sends the init header; the proxy then dials the data centre. */
  static async open(port: number, kind: SecretKind, options: { dc?: number; key?: string } = {}): Promise<RawClient> {
    const secret = secretOf(kind, options.key);
    const isTls = kind === 'ee';
    const peer = isTls ? await connectToFlight(port, secret) : await RawPeer.connect(port);
    const header = buildInitHeader({
      framing: kind === 'plain' ? 'intermediate' : 'padded',
      dc: options.dc ?? 2,
      random: systemRandom,
      insideTls: isTls,
      secretKey: secret.key,
    });
    const client = new RawClient(peer, header, isTls);
    await peer.write(isTls ? concat(CHANGE_CIPHER_SPEC, client.#wrap(header.wire)) : header.wire);
    return client;
  }

  /** Everything received after the handshake. */
  get bytes(): Uint8Array {
    return concat(...this.#collected);
  }

  /** Sends stream bytes: obfuscated, and in records inside fake TLS. */
  send(bytes: Uint8Array): Promise<void> {
    return this.peer.write(this.#wrap(this.#header.uplink.apply(bytes)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peer.close();
  }

  #wrap(bytes: Uint8Array): Uint8Array {
    return this.#writer === null ? bytes : this.#writer.wrap(bytes).slice();
  }

  #read(chunk: Uint8Array): void {
    if (this.#records === null) this.#take(chunk);
    else if (!this.#records.push(chunk, (piece) => this.#take(piece))) throw new Error('a record no client accepts');
  }

  #take(piece: Uint8Array): void {
    const bytes = this.#downlink.apply(piece);
    this.received += bytes.length;
    if (this.onBytes === null) this.#collected.push(bytes);
    else this.onBytes(bytes);
  }
}
