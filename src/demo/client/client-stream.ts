import type { Socket, SocketHandler } from 'bun';
import { systemRandom } from '../../kit/random.ts';
import { CtrCipher } from '../../wire/ctr.ts';
import { type FrameCodec, frameCodec } from '../../wire/framing/codec.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import { buildInitHeader, type SealedHeader } from '../../wire/obfuscated2.ts';
import type { Secret } from '../../wire/secret.ts';
import { ContentFrames } from '../bulk/content-frames.ts';
import type { Transfer } from '../bulk/message.ts';
import { FrameAssembler, type WholeFrame } from '../frame-assembler.ts';
import { Outlet } from '../outlet.ts';
import { DownlinkRecords } from './downlink-records.ts';
import { ClientFailure, type ClientOptions, type EndReason } from './options.ts';
import { TlsHandshake, tlsHeaderWrites, UPLINK_RECORDS } from './tls-handshake.ts';

const DEFAULT_DC = 2;
/** Apps add 0 to 15 bytes to a padded frame. */
const MAX_PADDING = 15;
/** Prime to the number of lengths, so that every one of them comes. */
const PADDING_STEP = 7;
const PADDING = new Uint8Array(MAX_PADDING).fill(0x5a);

/** What the owner of a stream is told. */
export interface StreamEvents {
  onOpen(): void;
  onFrame(payload: Uint8Array): void;
  onQuickAck(token: number): void;
  onWritable(): void;
  onEnded(failure: ClientFailure): void;
}

/** A client's connection: TCP, fake TLS where the secret asks for it, init header, frames both ways. */
export class ClientStream {
  payloadUp = 0;
  payloadDown = 0;
  readonly #options: ClientOptions;
  readonly #events: StreamEvents;
  readonly #codec: FrameCodec;
  readonly #header: SealedHeader;
  readonly #downlink: CtrCipher;
  readonly #frames: FrameAssembler;
  readonly #tlsSecret: Secret | null;
  #socket: Socket<ClientStream> | null = null;
  #outlet: Outlet | null = null;
  #handshake: TlsHandshake | null = null; // until the flight is there
  #records: DownlinkRecords | null = null;
  #ending: EndReason = 'closed';
  #detail = '';
  #hasEnded = false;
  #framesUp = 0;

  constructor(options: ClientOptions, events: StreamEvents) {
    const { secret, framing = defaultFraming(secret), dc = DEFAULT_DC, random = systemRandom } = options;
    this.#options = options;
    this.#events = events;
    this.#codec = frameCodec(framing);
    this.#frames = new FrameAssembler((bytes) => this.#codec.decodeDownlink(bytes));
    this.#tlsSecret = secret?.kind === 'ee' ? secret : null;
    const insideTls = this.#tlsSecret !== null;
    this.#header = buildInitHeader({ framing, dc, random, insideTls, secretKey: secret?.key ?? null });
    this.#downlink = new CtrCipher(this.#header.downlinkKey);
  }

  start(): void {
    const { host, port } = this.#options;
    Bun.connect<ClientStream>({ hostname: host, port, allowHalfOpen: true, data: this, socket: SOCKET_EVENTS }).catch(
      (error) => this.#fail('refused', String(error)),
    );
  }

  get isClear(): boolean {
    return this.#outlet?.isClear ?? false;
  }

  /** Sends one frame. */
  send(payload: Uint8Array, quickAck: boolean): void {
    this.payloadUp += payload.length;
    const isPadded = this.#codec.framing === 'padded';
    this.#seal(this.#codec.encode(payload, isPadded ? { quickAck, padding: this.#padding() } : { quickAck }));
  }

  /** The frames of an upload; `sendFrames` takes them. */
  contentFrames(tag: number, transfer: Transfer): ContentFrames {
    return new ContentFrames(this.#codec, tag, transfer, this.#padding());
  }

  /** Sends frames that are ready, `payloadBytes` of them content. */
  sendFrames(frames: Uint8Array, payloadBytes: number): void {
    this.payloadUp += payloadBytes;
    this.#seal(frames);
  }

  sendRaw(bytes: Uint8Array): void {
    this.#outlet?.write(bytes);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  finish(): void {
    this.#outlet?.finish();
  }

  close(): void {
    this.#ending = 'closed-by-us';
    this.#socket?.end();
  }

  reset(): void {
    this.#ending = 'closed-by-us';
    this.#socket?.terminate();
  }

  #padding(): Uint8Array {
    return PADDING.subarray(0, (this.#framesUp++ * PADDING_STEP) % (MAX_PADDING + 1));
  }

  #seal(frames: Uint8Array): void {
    const sealed = this.#header.uplink.apply(frames);
    this.#outlet?.write(this.#tlsSecret === null ? sealed : UPLINK_RECORDS.wrap(sealed));
  }

  // Events of the socket

  onConnected(socket: Socket<ClientStream>): void {
    this.#socket = socket;
    this.#outlet = new Outlet(socket);
    if (this.#options.preface !== undefined) this.#outlet.write(this.#options.preface);
    if (this.#tlsSecret === null) {
      this.#sendHeader([this.#header.wire]);
      return;
    }
    this.#handshake = new TlsHandshake(this.#tlsSecret, this.#options);
    this.#outlet.write(this.#handshake.hello);
  }

  onBytes(chunk: Uint8Array): void {
    if (this.#handshake !== null) this.#readFlight(this.#handshake, chunk);
    else if (this.#records === null) this.#readStream(chunk);
    else if (!this.#records.push(chunk, (piece) => this.#readStream(piece))) this.#fail('bad-stream', 'record');
  }

  onDrain(): void {
    if (this.#outlet?.flush()) this.#events.onWritable();
  }

  /** The other side sent FIN: no client goes on after that. */
  onFin(): void {
    this.#socket?.end();
  }

  onClosed(error: unknown): void {
    if (error !== undefined && error !== null && this.#ending === 'closed') this.#ending = 'reset';
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#events.onEnded(new ClientFailure(this.#ending, this.#detail));
  }

  #fail(reason: EndReason, detail: string): void {
    this.#ending = reason;
    this.#detail = detail;
    if (this.#socket === null) this.onClosed(null);
    else this.#socket.terminate();
  }

  // The handshake

  #readFlight(handshake: TlsHandshake, chunk: Uint8Array): void {
    const reading = handshake.read(chunk);
    if (reading.kind === 'reject') this.#fail('bad-flight', reading.reason);
    if (reading.kind !== 'match') return;
    this.#handshake = null;
    this.#records = new DownlinkRecords();
    this.#sendHeader(tlsHeaderWrites(this.#header.wire, this.#options.opening ?? 'together'));
  }

  #sendHeader(writes: readonly Uint8Array[]): void {
    for (const bytes of writes) this.#outlet?.write(bytes);
    this.#events.onOpen();
  }

  #readStream(bytes: Uint8Array): void {
    const reason = this.#frames.push(this.#downlink.apply(bytes), (frame) => this.#readFrame(frame));
    if (reason !== null) this.#fail('bad-stream', reason);
  }

  #readFrame(frame: WholeFrame): void {
    if (frame.kind === 'quick-ack') {
      this.#events.onQuickAck(frame.token);
      return;
    }
    this.payloadDown += frame.payload.length;
    this.#events.onFrame(frame.payload);
  }
}

const SOCKET_EVENTS: SocketHandler<ClientStream> = {
  open: (socket) => socket.data.onConnected(socket),
  data: (socket, chunk) => socket.data.onBytes(chunk),
  drain: (socket) => socket.data.onDrain(),
  end: (socket) => socket.data.onFin(),
  close: (socket, error) => socket.data.onClosed(error),
  error(socket, error) {
    socket.terminate();
    throw error;
  },
  connectError() {}, // the promise of Bun.connect rejects too, and tells it
};

function defaultFraming(secret: Secret | null): Framing {
  return secret === null || secret.kind === 'plain' ? 'abridged' : 'padded';
}
