import { concat } from '../kit/bytes.ts';
import { Conn, type Opening } from './conn.ts';
import { closeDescriptor, startConnecting } from './connecting-socket.ts';
import { type Dialing, type DialResult, failed, reasonOf } from './dialing.ts';
import type { Endpoint } from './endpoint.ts';
import { type FirstBuffers, setBufferSizes, setConnectionOptions } from './socket-options.ts';

/** Connects to one literal address or unix socket, without a time limit. */
export function connectTo(address: Endpoint, buffers: FirstBuffers): Dialing {
  const attempt = new Attempt(address, buffers);
  return { result: attempt.result, cancel: () => attempt.fail('cancelled') };
}

/** One attempt: settles once, whatever comes first; a connection that comes too late is closed. */
class Attempt {
  readonly result: Promise<DialResult>;
  readonly #address: Endpoint;
  readonly #buffers: FirstBuffers;
  #settle: ((result: DialResult) => void) | null = null;
  #connecting: Conn | null = null;

  constructor(address: Endpoint, buffers: FirstBuffers) {
    this.#address = address;
    this.#buffers = buffers;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#start().catch((error) => this.fail(reasonOf(error)));
  }

  fail(reason: string): void {
    if (!this.#end(failed(reason))) return;
    this.#connecting?.reset();
    this.#connecting = null;
  }

  /** @returns true for the first end, which counts */
  #end(result: DialResult): boolean {
    const settle = this.#settle;
    if (settle === null) return false;
    this.#settle = null;
    settle(result);
    return true;
  }

  /** More events may come before the connection's next consumer: only the first counts. */
  #connected(conn: Conn): void {
    if (this.#connecting !== conn) return;
    this.#connecting = null;
    if (!this.#end({ kind: 'connected', conn, address: this.#address })) conn.reset();
  }

  async #start(): Promise<void> {
    const address = this.#address;
    if ('unix' in address) return this.#connectByRuntime({ unix: address.unix });
    const started = startConnecting(address.host, address.port, this.#buffers);
    if (started === 'unsupported') return this.#connectByRuntime({ hostname: address.host, port: address.port });
    if ('refusal' in started) return this.fail(started.refusal);
    await this.#connectDescriptor(started.fd);
  }

  /** The runtime takes the descriptor over at once; its first `writable` (or the end) tells how connecting went. */
  async #connectDescriptor(fd: number): Promise<void> {
    let isTaken = false;
    const opened = (conn: Conn) => {
      isTaken = true;
      if (this.#settle === null) return conn.reset(); // given up meanwhile
      this.#connecting = conn;
      let early: Uint8Array = new Uint8Array(0);
      conn.attach({
        onBytes: (_conn, chunk) => {
          early = early.length === 0 ? chunk : concat(early, chunk);
          conn.giveBack(early);
          this.#connected(conn);
        },
        onEnd: () => this.#connected(conn),
        onWritable: () => this.#connected(conn),
        onClosed: () => this.fail('refused or unreachable'),
      });
    };
    try {
      await connect({ fd }, { opened });
    } catch (error) {
      if (!isTaken) closeDescriptor(fd);
      throw error;
    }
  }

  /** For unix sockets, and where foreign calls are missing. It can't be given up: what comes too late is closed. */
  async #connectByRuntime(place: Place): Promise<void> {
    const conn = await connect(place, { opened: () => {} });
    if (!('unix' in place)) setConnectionOptions(conn.fd);
    setBufferSizes(conn.fd, this.#buffers);
    this.#connecting = conn;
    this.#connected(conn);
  }
}

type Place = { fd: number } | { unix: string } | { hostname: string; port: number };

async function connect(place: Place, opening: Opening): Promise<Conn> {
  // The types know `fd` for listeners only, and the same data before and after opening.
  const options = { ...place, data: opening, allowHalfOpen: true, socket: Conn.outgoing };
  const socket = await Bun.connect<Conn>(options as unknown as Parameters<typeof Bun.connect<Conn>>[0]);
  return socket.data;
}
