import { parseIp } from '../kit/ip.ts';
import { Conn, type Opening } from './conn.ts';
import { startConnecting } from './connecting-socket.ts';
import type { Endpoint } from './endpoint.ts';
import { type FirstBuffers, setBufferSizes, setConnectionOptions } from './socket-options.ts';

export interface DialOptions {
  readonly endpoint: Endpoint;
  readonly timeoutMs: number;
  readonly buffers: FirstBuffers;
}

export type DialResult = { kind: 'connected'; conn: Conn } | { kind: 'failed'; reason: string };

/** A connection being made; `cancel` gives it up at once and frees its descriptor. */
export interface Dialing {
  readonly result: Promise<DialResult>;
  cancel(): void;
}

const MAX_ADDRESSES = 4; // of one name; more are not tried

/** Connects to one endpoint. A name is resolved (the runtime caches for 30 s) and its addresses tried in order. */
export function dial(options: DialOptions): Dialing {
  const attempt = new Attempt(options);
  return { result: attempt.result, cancel: () => attempt.fail('cancelled') };
}

/** One dialing: settles once, whatever comes first; a connection that comes too late is closed. */
class Attempt {
  readonly result: Promise<DialResult>;
  readonly #options: DialOptions;
  readonly #timer: Timer;
  #settle: (result: DialResult) => void = () => {};
  #isSettled = false;
  #connecting: Conn | null = null;

  constructor(options: DialOptions) {
    this.#options = options;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#timer = setTimeout(() => this.fail('timed out'), options.timeoutMs);
    void this.#run();
  }

  fail(reason: string): void {
    this.#finish({ kind: 'failed', reason });
    this.#connecting?.reset();
  }

  #finish(result: DialResult): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#settle(result);
  }

  async #run(): Promise<void> {
    let reason = 'no address';
    try {
      for (const endpoint of await addressesOf(this.#options.endpoint)) {
        if (this.#isSettled) return;
        const result = await this.#connect(endpoint);
        if (result.kind === 'connected') return this.#hand(result.conn);
        reason = result.reason;
      }
    } catch (error) {
      reason = codeOf(error);
    }
    this.#finish({ kind: 'failed', reason });
  }

  #hand(conn: Conn): void {
    this.#connecting = null;
    if (this.#isSettled) conn.reset();
    else this.#finish({ kind: 'connected', conn });
  }

  #connect(endpoint: Endpoint): Promise<DialResult> {
    if ('unix' in endpoint) return this.#connectByRuntime(endpoint);
    const started = startConnecting(endpoint.host, endpoint.port, this.#options.buffers);
    if (started === 'unsupported') return this.#connectByRuntime(endpoint);
    if (started === 'unreachable') return Promise.resolve({ kind: 'failed', reason: 'no route' });
    return this.#connectDescriptor(started.fd);
  }

  /** The runtime takes the descriptor over at once; its first `writable` (or the end) tells how connecting went. */
  #connectDescriptor(fd: number): Promise<DialResult> {
    return new Promise((resolve) => {
      const opened = (conn: Conn) => {
        this.#connecting = conn;
        conn.attach({
          onBytes: (_conn, chunk) => {
            conn.giveBack(chunk);
            resolve({ kind: 'connected', conn });
          },
          onEnd: () => resolve({ kind: 'connected', conn }),
          onWritable: () => resolve({ kind: 'connected', conn }),
          onClosed: () => resolve({ kind: 'failed', reason: 'refused or unreachable' }),
        });
      };
      connect({ fd }, { opened }).catch((error) => resolve({ kind: 'failed', reason: codeOf(error) }));
    });
  }

  async #connectByRuntime(endpoint: Endpoint): Promise<DialResult> {
    const place = 'unix' in endpoint ? { unix: endpoint.unix } : { hostname: endpoint.host, port: endpoint.port };
    try {
      const conn = await connect(place, { opened: () => {} });
      if (!('unix' in endpoint)) setConnectionOptions(conn.fd);
      setBufferSizes(conn.fd, this.#options.buffers);
      return { kind: 'connected', conn };
    } catch (error) {
      return { kind: 'failed', reason: codeOf(error) };
    }
  }
}

type Place = { fd: number } | { unix: string } | { hostname: string; port: number };

async function connect(place: Place, opening: Opening): Promise<Conn> {
  // The types know `fd` for listeners only, and the same data before and after opening.
  const options = { ...place, data: opening, allowHalfOpen: true, socket: Conn.outgoing };
  const socket = await Bun.connect<Conn>(options as unknown as Parameters<typeof Bun.connect<Conn>>[0]);
  return socket.data;
}

/** The endpoint itself when it is literal, else one endpoint for each address of its name. */
async function addressesOf(endpoint: Endpoint): Promise<Endpoint[]> {
  if ('unix' in endpoint || parseIp(endpoint.host) !== null) return [endpoint];
  const found = await Bun.dns.lookup(endpoint.host);
  return found.slice(0, MAX_ADDRESSES).map(({ address }) => ({ host: address, port: endpoint.port }));
}

function codeOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return String(error);
}
