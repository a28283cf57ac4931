import type { Conn, Consumer } from './conn.ts';
import { hasPeerLeft } from './peer-life.ts';

/** Why a wait ended: more bytes, the peer's FIN, the connection gone, or the time given to it is over. */
export type ReadEvent = 'bytes' | 'end' | 'closed' | 'expired';

const FIRST_CAPACITY = 4096;

/**
 * Collects a connection's first bytes while it is still unclear what they are. Bounded: at `limit` unread
 * bytes the connection is paused. `release()` gives everything unread back to the connection.
 */
export class ByteReader implements Consumer {
  readonly #conn: Conn;
  readonly #limit: number;
  #store: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #hasFresh = false;
  #isPaused = false;
  #event: ReadEvent | null = null;
  #wake: ((event: ReadEvent) => void) | null = null;
  #tellClosed: (() => void) | null = null;
  #tellLeft: (() => void) | null = null;

  constructor(conn: Conn, limit: number) {
    this.#conn = conn;
    this.#limit = limit;
    conn.attach(this);
  }

  /** A view of what is unread; valid until the next wait. */
  get bytes(): Uint8Array {
    return this.#store.subarray(this.#start, this.#end);
  }

  /** Waits until more bytes have come than at the last wait, or until none will. */
  next(): Promise<ReadEvent> {
    if (this.#hasFresh) {
      this.#hasFresh = false;
      return Promise.resolve('bytes');
    }
    if (this.#event !== null) return Promise.resolve(this.#event);
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Resolves when the connection is gone; for waits on something else meanwhile. One waiter at a time. */
  closed(): Promise<'closed'> {
    if (this.#event === 'closed') return Promise.resolve('closed');
    return new Promise((resolve) => {
      this.#tellClosed = () => resolve('closed');
    });
  }

  /** Resolves when the peer has sent FIN or is gone: for those of whom FIN says that they have left. One waiter at a time. */
  left(): Promise<'left'> {
    if (this.#event === 'closed' || this.#event === 'end') return Promise.resolve('left');
    return new Promise((resolve) => {
      this.#tellLeft = () => resolve('left');
    });
  }

  /** A paused connection tells of no FIN: looks whether one waits behind what is unread. To be called from time to time. */
  lookForEnd(): void {
    if (this.#isPaused && this.#tellLeft !== null && hasPeerLeft(this.#conn.fd)) this.#tellLeft();
  }

  /** Drops `length` bytes from the front. */
  consume(length: number): void {
    this.#start += length;
    if (this.#isPaused && this.#end - this.#start < this.#limit) {
      this.#isPaused = false;
      this.#conn.resume();
    }
  }

  /** Ends the current and every later wait with 'expired' (the session's time limit). */
  expire(): void {
    this.#finish('expired');
  }

  /** Takes the time limit back, so that the reader can be used for the next step. */
  renew(): void {
    if (this.#event === 'expired') this.#event = null;
  }

  /** Stops reading: what is unread goes to the connection's next consumer. */
  release(): void {
    this.#conn.giveBack(this.bytes.slice());
    this.#store = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
    if (this.#isPaused) this.#conn.resume();
    this.#isPaused = false;
  }

  onBytes(_conn: Conn, chunk: Uint8Array): void {
    this.#append(chunk);
    if (this.#end - this.#start >= this.#limit && !this.#isPaused) {
      this.#isPaused = true;
      this.#conn.pause();
    }
    this.#hasFresh = true;
    if (this.#wake !== null) {
      this.#hasFresh = false;
      this.#resolve('bytes');
    }
  }

  onEnd(): void {
    this.#finish('end');
    this.#tellLeft?.();
  }

  onWritable(): void {}

  onClosed(): void {
    this.#event = null;
    this.#finish('closed');
    this.#tellClosed?.();
    this.#tellLeft?.();
  }

  #finish(event: ReadEvent): void {
    if (this.#event === null || this.#event === 'expired') this.#event = event;
    this.#resolve(event);
  }

  #resolve(event: ReadEvent): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.(event);
  }

  #append(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#store = chunk; // the usual case: everything in one segment, nothing is copied
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    const unread = this.#end - this.#start;
    if (this.#end + chunk.length > this.#store.length) {
      const grown = new Uint8Array(Math.max(FIRST_CAPACITY, 2 * (unread + chunk.length)));
      grown.set(this.bytes);
      this.#store = grown;
      this.#start = 0;
      this.#end = unread;
    }
    this.#store.set(chunk, this.#end);
    this.#end += chunk.length;
  }
}
