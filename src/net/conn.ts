import type { Socket, SocketHandler } from 'bun';
import { canonicalIp, type PeerAddress } from '../kit/address.ts';
import type { GatheredWrite } from './gathered-write.ts';

/** Whoever currently owns a connection's bytes: the handshake's reader, a relay, a pool. */
export interface Consumer {
  /** Bytes from the peer, ours to keep. */
  onBytes(conn: Conn, chunk: Uint8Array): void;
  /** The peer sent FIN: no more bytes will come, ours may still go out. */
  onEnd(conn: Conn): void;
  /** The kernel takes bytes again after a short write. May come without need. */
  onWritable(conn: Conn): void;
  /** The connection is gone, by us or by the peer; the last call. A reset that follows on a FIN is told as a reset. */
  onClosed(conn: Conn, wasReset: boolean): void;
}

/** Whoever waits for an outgoing connection's socket. */
export interface Opening {
  opened(conn: Conn): void;
}

const NOBODY: Consumer = { onBytes: () => {}, onEnd: () => {}, onWritable: () => {}, onClosed: () => {} };

/**
 * One TCP (or unix) connection: the thin layer over the runtime's socket. Writes are direct: what the kernel
 * does not take stays with the caller. One shared set of event functions serves every connection.
 */
export class Conn {
  isOpen = true;
  /** The peer sent FIN. */
  hasEnded = false;
  readonly #socket: Socket<Conn>;
  #hasFinished = false;
  /** A write has met the peer's reset, which the kernel tells only once. */
  #wasReset = false;
  #consumer: Consumer = NOBODY;
  #early: Uint8Array | null = null;

  constructor(socket: Socket<Conn>) {
    this.#socket = socket;
  }

  get fd(): number {
    return (this.#socket as unknown as { fd: number }).fd;
  }

  /** The peer's address; empty text and port 0 for a unix socket. */
  get remote(): PeerAddress {
    return { ip: canonicalIp(this.#socket.remoteAddress ?? ''), port: this.#socket.remotePort ?? 0 };
  }

  get local(): PeerAddress {
    return { ip: canonicalIp(this.#socket.localAddress ?? ''), port: this.#socket.localPort ?? 0 };
  }

  /** Hands the connection's events to `consumer`; what came before (bytes given back, FIN, the end) is told at once. */
  attach(consumer: Consumer): void {
    this.#consumer = consumer;
    const early = this.#early;
    this.#early = null;
    if (early !== null) consumer.onBytes(this, early);
    if (this.hasEnded) consumer.onEnd(this);
    if (!this.isOpen) consumer.onClosed(this, this.#wasReset);
  }

  /** Gives bytes back that were read but belong to the next consumer. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#early = bytes;
  }

  /** @returns how many bytes the kernel took, -1 when the connection is gone */
  write(bytes: Uint8Array): number {
    if (!this.isOpen || this.#hasFinished) return -1;
    const taken = this.#socket.write(bytes);
    if (taken < 0) this.#wasReset = true;
    return taken;
  }

  /** Writes ranges in one call, past the runtime: after a short write the rest has to go to `write`, for the event to come. */
  writeGathered(ranges: GatheredWrite): number {
    return this.isOpen ? ranges.writeTo(this.fd) : -1;
  }

  pause(): void {
    if (this.isOpen) this.#socket.pause();
  }

  resume(): void {
    if (this.isOpen) this.#socket.resume();
  }

  /** Sends FIN; the peer may go on sending. */
  finish(): void {
    if (!this.isOpen) return;
    this.#hasFinished = true;
    this.#socket.shutdown();
  }

  /** Closes in order (FIN). */
  close(): void {
    if (this.isOpen) this.#socket.end();
  }

  /** Closes with RST, as when the peer's own connection was reset. */
  reset(): void {
    if (this.isOpen) this.#socket.terminate();
  }

  static readonly #shared: SocketHandler<Conn> = {
    binaryType: 'uint8array', // a view of it is quicker made than one of a Buffer, and `slice` copies
    data(socket, chunk) {
      const conn = socket.data;
      conn.#consumer.onBytes(conn, chunk);
    },
    end(socket) {
      const conn = socket.data;
      // Behind a reset that a write has met the runtime reads an end: it is none.
      if (conn.#wasReset) return conn.reset();
      conn.hasEnded = true;
      conn.#consumer.onEnd(conn);
    },
    drain(socket) {
      const conn = socket.data;
      if (conn !== undefined) conn.#consumer.onWritable(conn);
    },
    close(socket, error) {
      const conn = socket.data;
      if (conn === undefined || !conn.isOpen) return;
      conn.isOpen = false;
      if (error !== undefined && error !== null) conn.#wasReset = true;
      const consumer = conn.#consumer;
      conn.#consumer = NOBODY;
      consumer.onClosed(conn, conn.#wasReset);
    },
    // A fault of our own in one of the calls above: it costs this connection only, and the daemon's
    // catch-all (uncaughtException) gets to log it.
    error(socket, error) {
      socket.data?.reset();
      queueMicrotask(() => {
        throw error;
      });
    },
  };

  /** The runtime's events for accepted connections. @param onOpen called with each new one */
  static incoming(onOpen: (conn: Conn) => void): SocketHandler<Conn> {
    const open = (socket: Socket<Conn>) => {
      socket.data = new Conn(socket);
      onOpen(socket.data);
    };
    return { open, ...Conn.#shared };
  }

  /**
   * The runtime's events for outgoing connections. The socket's data must be an `Opening` at first: it is told and let go, so
   * that nothing of the dialling lives on in the connection.
   */
  static readonly outgoing: SocketHandler<Conn> = {
    open(socket) {
      const opening = socket.data as unknown as Opening;
      socket.data = new Conn(socket);
      opening.opened(socket.data);
    },
    connectError() {}, // the promise of the runtime's connect tells
    ...Conn.#shared,
  };
}
