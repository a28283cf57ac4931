import type { Socket } from 'bun';
import { concat, type Random } from '../../kit/bytes.ts';
import { CtrCipher } from '../../wire/ctr.ts';
import { type FrameCodec, frameCodec } from '../../wire/framing/codec.ts';
import { INIT_HEADER_BYTES, openInitHeader } from '../../wire/obfuscated2.ts';
import { ContentFrames } from '../bulk/content-frames.ts';
import { bulkQuickAck, isBulk, type Transfer } from '../bulk/message.ts';
import { FrameAssembler, type WholeFrame } from '../frame-assembler.ts';
import { Outlet } from '../outlet.ts';
import { BulkAnswers } from './bulk-answers.ts';
import { type Counters, count } from './counters.ts';
import type { Peer } from './dc-peer.ts';
import type { Faults } from './faults.ts';
import { MtprotoAnswers, type MtprotoPlace } from './mtproto-answers.ts';

const NOTHING = new Uint8Array(0);
/** After so many batches in a row the other connections get their turn. */
const BATCHES_PER_TURN = 8;
const SIGN_OF_LIFE_MS = 250;
/** Padding towards clients must stay below 4 bytes, or a client misreads short frames. */
const MAX_PADDING_BYTES = 3;
const PADDING = new Uint8Array(MAX_PADDING_BYTES).fill(0xa5);

/** What a connection needs of its data centre. */
export interface DcSurroundings {
  readonly faults: Faults;
  readonly counters: Counters;
  readonly random: Random;
  /** The data centre as seen by a connection with this DC id. */
  placeFor(dc: number): MtprotoPlace;
}

interface OpenStream {
  readonly codec: FrameCodec;
  readonly uplink: CtrCipher;
  readonly downlink: CtrCipher;
  readonly frames: FrameAssembler;
}

/** One connection to a simulated data centre: init header, then frames, each answered in its dialect. */
export class DcConnection implements Peer {
  readonly #dc: DcSurroundings;
  readonly #socket: Socket<DcConnection>;
  readonly #outlet: Outlet;
  #opening: Uint8Array = NOTHING;
  #dcId = 0;
  #stream: OpenStream | null = null;
  #mtproto: MtprotoAnswers | null = null;
  #bulk: BulkAnswers | null = null;
  #sources: { frames: ContentFrames; end: Uint8Array }[] = [];
  #received = 0;
  #framesOut = 0;
  #signsOfLife: Timer | null = null;
  #isClosed = false;
  #isPaused = false;
  #hasEnded = false; // the other side sent FIN
  #isFinished = false; // so did we, or will once all is written

  constructor(socket: Socket<DcConnection>, dc: DcSurroundings) {
    this.#socket = socket;
    this.#dc = dc;
    this.#outlet = new Outlet(socket);
    dc.counters.accepted++;
    dc.counters.open++;
  }

  // Events of the socket

  onOpen(): void {
    if (this.#dc.faults.closeOnAccept) this.#socket.end();
  }

  onBytes(chunk: Uint8Array): void {
    this.#received += chunk.length;
    this.#dc.counters.bytesIn += chunk.length;
    if (this.#isSpent()) {
      this.reset();
      return;
    }
    const stream = this.#stream;
    if (stream === null) {
      this.#open(concat(this.#opening, chunk));
      return;
    }
    this.#takeFrames(stream, chunk);
  }

  onWritable(): void {
    if (!this.#outlet.flush()) return;
    this.#pump();
    if (this.#isFinished && this.#hasEnded) this.#socket.end();
    if (this.#outlet.isClear && this.#isPaused && this.#signsOfLife === null) {
      this.#isPaused = false;
      this.#socket.resume();
    }
  }

  onEnd(): void {
    this.#hasEnded = true;
    if (this.#sources.length === 0) this.finish();
  }

  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sources = [];
    this.#dc.counters.open--;
    if (this.#signsOfLife !== null) clearInterval(this.#signsOfLife);
  }

  // What answers do

  send(payload: Uint8Array): void {
    const stream = this.#stream;
    if (stream === null || this.#isClosed) return;
    this.#write(stream.downlink.apply(this.#frame(stream.codec, payload)));
    if (this.#dc.faults.halfCloseAfterAnswer) this.finish();
    this.#waitForReader();
  }

  sendQuickAck(token: number): void {
    const stream = this.#stream;
    if (stream !== null) this.#write(stream.downlink.apply(stream.codec.encodeQuickAck(token)));
  }

  stream(tag: number, transfer: Transfer, end: Uint8Array): void {
    if (this.#stream === null) return;
    this.#sources.push({ frames: new ContentFrames(this.#stream.codec, tag, transfer, this.#padding()), end });
    this.#pump();
  }

  stall(signOfLife: Uint8Array): void {
    this.#socket.pause();
    this.#isPaused = true;
    this.#signsOfLife ??= setInterval(() => {
      if (this.#outlet.isClear) this.send(signOfLife);
    }, SIGN_OF_LIFE_MS);
  }

  finish(): void {
    this.#isFinished = true;
    this.#outlet.finish();
    if (this.#hasEnded && this.#outlet.isClear) this.#socket.end();
  }

  reset(): void {
    this.#socket.terminate();
  }

  // The way in

  #open(bytes: Uint8Array): void {
    this.#opening = bytes;
    if (bytes.length < INIT_HEADER_BYTES) return;
    this.#opening = NOTHING;
    const header = openInitHeader(bytes, null);
    if (header === null) {
      this.#refuse();
      return;
    }
    count(this.#dc.counters.byDc, header.dc);
    count(this.#dc.counters.byFraming, header.framing);
    const codec = frameCodec(header.framing);
    const downlink = new CtrCipher(header.downlinkKey);
    const frames = new FrameAssembler((left) => codec.decodeUplink(left));
    this.#dcId = header.dc;
    this.#stream = { codec, uplink: header.uplink, downlink, frames };
    if (bytes.length > INIT_HEADER_BYTES) this.#takeFrames(this.#stream, bytes.subarray(INIT_HEADER_BYTES));
  }

  #takeFrames(stream: OpenStream, chunk: Uint8Array): void {
    const reason = stream.frames.push(stream.uplink.apply(chunk), (frame) => this.#take(frame));
    if (reason !== null) this.#refuse();
  }

  #take(frame: WholeFrame): void {
    if (frame.kind === 'quick-ack') return;
    this.#dc.counters.framesIn++;
    const { silent, answerDelayMs = 0 } = this.#dc.faults;
    if (silent) return;
    if (answerDelayMs === 0) {
      this.#answer(frame.payload, frame.quickAck);
      return;
    }
    setTimeout(() => this.#answer(frame.payload, frame.quickAck), answerDelayMs);
  }

  #answer(payload: Uint8Array, wantsQuickAck: boolean): void {
    if (this.#isClosed) return;
    if (!isBulk(payload)) {
      this.#mtproto ??= new MtprotoAnswers(this.#dc.placeFor(this.#dcId), this);
      this.#mtproto.receive(payload, wantsQuickAck);
      return;
    }
    if (wantsQuickAck) this.sendQuickAck(bulkQuickAck(payload));
    this.#bulk ??= new BulkAnswers(this);
    this.#bulk.receive(payload);
  }

  #refuse(): void {
    this.#dc.counters.malformed++;
    this.#socket.end();
  }

  // The way out

  #pump(): void {
    for (let batches = 0; this.#outlet.isClear && !this.#isClosed; batches++) {
      if (batches === BATCHES_PER_TURN) {
        setImmediate(() => this.#pump());
        return;
      }
      if (!this.#writeBatch()) return;
    }
  }

  /** @returns false when no source has anything left */
  #writeBatch(): boolean {
    const stream = this.#stream;
    const [source] = this.#sources;
    if (stream === null || source === undefined) return this.#endWithPeer();
    const frames = source.frames.next();
    if (frames.length > 0) this.#write(stream.downlink.apply(frames));
    else {
      this.#sources.shift();
      this.send(source.end);
    }
    return true;
  }

  /** Everything asked for is sent: sends FIN if the other side did before. */
  #endWithPeer(): false {
    if (this.#hasEnded && !this.#isFinished) this.finish();
    return false;
  }

  #frame(codec: FrameCodec, payload: Uint8Array): Uint8Array {
    return codec.encode(payload, codec.framing === 'padded' ? { padding: this.#padding() } : {});
  }

  #padding(): Uint8Array {
    return PADDING.subarray(0, this.#framesOut++ % (MAX_PADDING_BYTES + 1));
  }

  #write(bytes: Uint8Array): void {
    this.#outlet.write(bytes);
    this.#dc.counters.bytesOut += bytes.length;
    if (this.#isSpent()) this.reset();
  }

  /** While the other side does not read, nothing more is read from it: answers must not pile up here. */
  #waitForReader(): void {
    if (this.#outlet.isClear || this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  #isSpent(): boolean {
    const { resetAfterBytes = Number.POSITIVE_INFINITY } = this.#dc.faults;
    return this.#received + this.#outlet.bytes >= resetAfterBytes;
  }
}
