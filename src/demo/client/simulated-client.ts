import type { ContentFrames } from '../bulk/content-frames.ts';
import {
  BULK_OP,
  type BulkOp,
  bulkQuickAck,
  isBulk,
  readBulk,
  type Transfer,
  type Verdict,
  writeBulk,
  writeTransfer,
} from '../bulk/message.ts';
import { ClientStream } from './client-stream.ts';
import type { ClientFailure, ClientOptions, EndReason } from './options.ts';
import { EchoTask, type Task, TransferTask } from './tasks.ts';

const DEFAULT_PIECE_BYTES = 16 * 1024;
const NOTHING = new Uint8Array(0);
/** After so many batches in a row other connections get their turn. */
const BATCHES_PER_TURN = 8;

/**
 * A Telegram client as far as a proxy can see one; it speaks the bulk dialect of `SimulatedDataCenter`.
 *
 * Inside there are only socket events: ten thousand idle clients fit into one process. Every promise rejects with
 * `ClientFailure` when the connection ends.
 */
export class SimulatedClient {
  /** Resolves, never rejects, when the connection is gone. */
  readonly ended: Promise<EndReason>;
  /** Frames with an unexpected quick ack, error words and other messages that answer nothing. */
  strayMessages = 0;
  readonly #stream: ClientStream;
  readonly #tasks = new Map<number, Task>();
  readonly #quickAcks: { token: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  #sources: ContentFrames[] = [];
  #lastTag = 0;
  #failure: ClientFailure | null = null;
  #resolveEnded: (reason: EndReason) => void = () => {};

  private constructor(stream: ClientStream) {
    this.#stream = stream;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Connects; resolves when the init header is on its way (inside fake TLS: the proxy has proved itself). */
  static connect(options: ClientOptions): Promise<SimulatedClient> {
    return new Promise((resolve, reject) => {
      const stream = new ClientStream(options, {
        onOpen: () => resolve(client),
        onFrame: (payload) => client.#receive(payload),
        onQuickAck: (token) => client.#receiveQuickAck(token),
        onWritable: () => client.#pump(),
        onEnded: (failure) => {
          reject(failure);
          client.#end(failure);
        },
      });
      const client = new SimulatedClient(stream);
      stream.start();
    });
  }

  /** Content of frames so far, without framing, records and headers. */
  get bytesUp(): number {
    return this.#stream.payloadUp;
  }

  get bytesDown(): number {
    return this.#stream.payloadDown;
  }

  get isOpen(): boolean {
    return this.#failure === null;
  }

  /** Sends bytes and waits until they come back. */
  echo(bytes: Uint8Array): Promise<Uint8Array> {
    const task = new EchoTask(bytes);
    this.#begin(task, BULK_OP.echo, bytes);
    return task.result;
  }

  /** Sends an echo that asks for a quick ack, and waits for that. */
  quickAck(bytes: Uint8Array): Promise<void> {
    const message = writeBulk(BULK_OP.echo, 0, bytes);
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#quickAcks.push({ token: bulkQuickAck(message), resolve, reject });
      this.#stream.send(message, true);
    });
  }

  /** Downloads so many bytes of the test stream and checks each of them. */
  download(total: number, options: { piece?: number; seed?: number } = {}): Promise<Verdict> {
    const transfer = { total, piece: options.piece ?? DEFAULT_PIECE_BYTES, seed: options.seed ?? 0 };
    const task = new TransferTask('download', transfer);
    this.#begin(task, BULK_OP.download, writeTransfer(transfer));
    return task.result;
  }

  /** Uploads so many bytes of the test stream; the data centre checks them. */
  upload(total: number, options: { piece?: number; seed?: number } = {}): Promise<Verdict> {
    const transfer: Transfer = { total, piece: options.piece ?? DEFAULT_PIECE_BYTES, seed: options.seed ?? 0 };
    const task = new TransferTask('upload', transfer);
    const tag = this.#begin(task, BULK_OP.upload, writeTransfer(transfer));
    this.#sources.push(this.#stream.contentFrames(tag, transfer));
    this.#pump();
    return task.result;
  }

  /** Asks the data centre to read nothing more / to end the connection in order / to reset it. */
  ask(what: 'stall' | 'close' | 'reset'): void {
    this.#stream.send(writeBulk(BULK_OP[what], 0, NOTHING), false);
  }

  /** Sends a frame of any other content, which nothing waits for. */
  sendFrame(payload: Uint8Array): void {
    this.#stream.send(payload, false);
  }

  /** Sends bytes that are neither record nor frame, as a broken client would. */
  sendGarbage(bytes: Uint8Array): void {
    this.#stream.sendRaw(bytes);
  }

  /** Stops reading, as a client on a bad network does. */
  pauseReading(): void {
    this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  /** Sends FIN after everything written, and goes on reading. */
  finish(): void {
    this.#stream.finish();
  }

  close(): void {
    this.#stream.close();
  }

  reset(): void {
    this.#stream.reset();
  }

  #begin(task: Task, op: BulkOp, body: Uint8Array): number {
    this.#lastTag = (this.#lastTag + 1) >>> 0;
    if (this.#failure !== null) {
      task.fail(this.#failure);
      return this.#lastTag;
    }
    this.#tasks.set(this.#lastTag, task);
    this.#stream.send(writeBulk(op, this.#lastTag, body), false);
    return this.#lastTag;
  }

  #receive(payload: Uint8Array): void {
    const message = isBulk(payload) ? readBulk(payload) : null;
    const task = message && this.#tasks.get(message.tag);
    if (message === null || !task) this.#noteStray(message?.op);
    else if (task.receive(message)) this.#tasks.delete(message.tag);
  }

  #noteStray(op: number | undefined): void {
    const isExpected = op === BULK_OP.stall || op === BULK_OP.echoed; // signs of life; echoes of quick-ack requests
    if (!isExpected) this.strayMessages++;
  }

  #receiveQuickAck(token: number): void {
    const at = this.#quickAcks.findIndex((wanted) => wanted.token === token);
    if (at < 0) this.strayMessages++;
    else this.#quickAcks.splice(at, 1)[0]?.resolve();
  }

  #pump(): void {
    for (let batches = 0; this.#stream.isClear && this.#failure === null; batches++) {
      const [source] = this.#sources;
      if (source === undefined) return;
      if (batches === BATCHES_PER_TURN) {
        setImmediate(() => this.#pump());
        return;
      }
      const before = source.sent;
      const frames = source.next();
      if (frames.length === 0) this.#sources.shift();
      else this.#stream.sendFrames(frames, source.sent - before);
    }
  }

  #end(failure: ClientFailure): void {
    this.#failure = failure;
    this.#sources = [];
    for (const task of this.#tasks.values()) task.fail(failure);
    for (const wanted of this.#quickAcks) wanted.reject(failure);
    this.#tasks.clear();
    this.#resolveEnded(failure.reason);
  }
}
