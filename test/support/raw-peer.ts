import type { Socket, SocketHandler, UnixSocketOptions } from 'bun';
import { concat, equal } from '../../src/kit/bytes.ts';
import { until } from './proxy.ts';

/** What a peer saw, in its order; bytes that follow bytes are one entry. */
export type Seen = 'bytes' | 'fin' | 'reset';

/** One end of a TCP connection that a test drives by hand. It closes only when told to. */
export class RawPeer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** Bytes received so far. */
  received = 0;
  /** Takes what comes; without it everything is collected in `bytes`. */
  onBytes: ((chunk: Uint8Array) => void) | null = null;
  /** Told of the other side's FIN. */
  onFin: (() => void) | null = null;
  onReset: (() => void) | null = null;
  isOpen = true;
  #socket: Socket<RawPeer> | null = null;
  #collected: Uint8Array[] = [];
  #unsent: { bytes: Uint8Array; readonly onSent: () => void }[] = [];
  #hasLeft = false; // we have closed it ourselves

  static async connect(port: number, hostname = '127.0.0.1'): Promise<RawPeer> {
    const peer = new RawPeer();
    await Bun.connect<RawPeer>({ hostname, port, allowHalfOpen: true, data: peer, socket: EVENTS });
    return peer;
  }

  static async connectUnix(path: string): Promise<RawPeer> {
    const peer = new RawPeer();
    await Bun.connect<RawPeer>({ unix: path, allowHalfOpen: true, data: peer, socket: EVENTS } as UnixConnect);
    return peer;
  }

  /** Everything received, in one piece. */
  get bytes(): Uint8Array {
    const joined = concat(...this.#collected);
    this.#collected = [joined];
    return joined;
  }

  get fd(): number {
    return (this.#socket as unknown as { fd?: number } | null)?.fd ?? -1;
  }

  get localPort(): number {
    return this.#socket?.localPort ?? 0;
  }

  startsWith(bytes: Uint8Array): boolean {
    return equal(this.bytes.subarray(0, bytes.length), bytes);
  }

  get hasFin(): boolean {
    return this.seen.includes('fin');
  }

  get hasReset(): boolean {
    return this.seen.includes('reset');
  }

  /** Resolves when the kernel has taken all of it, or the connection is gone. Several writes go out in their order. */
  write(bytes: Uint8Array): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#unsent.push({ bytes, onSent: sent.resolve });
    this.onWritable();
    return sent.promise;
  }

  /** Sends FIN; goes on receiving. */
  finish(): void {
    this.#socket?.shutdown();
  }

  /** FIN when everything that came was read, else the kernel makes a reset of it. */
  close(): void {
    this.#hasLeft = true;
    this.#socket?.end();
  }

  reset(): void {
    this.#hasLeft = true;
    this.#socket?.terminate();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  until(condition: (peer: RawPeer) => boolean, what: string, limitMs?: number): Promise<void> {
    return until(() => condition(this), `${what} (seen: ${this.seen.join(' ')}, ${this.received} bytes)`, limitMs);
  }

  /** Waits for the other side's end, and says which it was. */
  async end(limitMs?: number): Promise<'fin' | 'reset'> {
    await this.until((peer) => peer.hasFin || peer.hasReset, 'FIN or reset', limitMs);
    return this.hasReset ? 'reset' : 'fin';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  // Events of the socket

  adopt(socket: Socket<RawPeer>): void {
    this.#socket = socket;
  }

  take(chunk: Uint8Array): void {
    this.received += chunk.length;
    this.see('bytes');
    if (this.onBytes === null) this.#collected.push(chunk);
    else this.onBytes(chunk);
  }

  see(what: Seen): void {
    if (this.seen.at(-1) !== what) this.seen.push(what);
    if (what === 'fin') this.onFin?.();
    if (what === 'reset') this.onReset?.();
  }

  onWritable(): void {
    for (const part of this.#unsent) {
      const taken = this.#socket?.write(part.bytes) ?? -1;
      part.bytes = part.bytes.subarray(Math.max(0, taken));
      if (taken >= 0 && part.bytes.length > 0) break;
      this.#unsent = this.#unsent.slice(1);
      part.onSent();
    }
  }

  onClosed(error: unknown): void {
    this.isOpen = false;
    if (error !== undefined && error !== null) this.see('reset');
    else if (!this.#hasLeft && !this.hasFin) this.see('fin'); // after our own FIN the runtime tells no `end`
    for (const { onSent } of this.#unsent) onSent();
    this.#unsent = [];
  }
}

type UnixConnect = Parameters<typeof Bun.connect<RawPeer>>[0];
type UnixListen = UnixSocketOptions<RawPeer>;

const EVENTS: SocketHandler<RawPeer> = {
  open: (socket) => socket.data.adopt(socket),
  data: (socket, chunk) => socket.data.take(chunk),
  end: (socket) => socket.data.see('fin'),
  drain: (socket) => socket.data.onWritable(),
  close: (socket, error) => socket.data.onClosed(error),
  error(_socket, error) {
    throw error;
  },
  connectError() {}, // the promise of Bun.connect rejects too, and tells it
};

/** A listener on loopback whose connections a test drives by hand. */
export class RawListener implements Disposable {
  readonly peers: RawPeer[] = [];
  readonly #listener: { readonly port?: number; stop(closeActive?: boolean): void };

  /** @param onPeer called with each new connection, before anything of it is read */
  constructor(
    onPeer: (peer: RawPeer) => void = () => {},
    options: { hostname?: string; port?: number } | { unix: string } = {},
  ) {
    const socket: SocketHandler<RawPeer> = {
      ...EVENTS,
      open: (opened) => {
        const peer = new RawPeer();
        peer.adopt(opened);
        opened.data = peer;
        this.peers.push(peer);
        onPeer(peer);
      },
    };
    const place = 'unix' in options ? options : { hostname: '127.0.0.1', port: 0, ...options };
    // The types know `allowHalfOpen` for host names only; the runtime takes it for unix sockets too.
    this.#listener = Bun.listen<RawPeer>({ ...place, allowHalfOpen: true, socket } as UnixListen);
  }

  /** 0 for a unix socket. */
  get port(): number {
    return this.#listener.port ?? 0;
  }

  /** Connections that stand. */
  get open(): number {
    return this.peers.filter((peer) => peer.isOpen).length;
  }

  /** Waits for the first connection on which `condition` holds. */
  async find(condition: (peer: RawPeer) => boolean, what: string): Promise<RawPeer> {
    let found: RawPeer | undefined;
    await until(() => {
      found = this.peers.find(condition);
      return found !== undefined;
    }, what);
    return found ?? Promise.reject(new Error(what));
  }

  stop(): void {
    this.#listener.stop(true);
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/** Waits until a port takes no connection any more. */
export async function untilRefused(port: number, limitMs = 5_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    try {
      await using _ = await RawPeer.connect(port);
    } catch {
      return;
    }
  }
  throw new Error(`port ${port} still takes connections after ${limitMs} ms`);
}
