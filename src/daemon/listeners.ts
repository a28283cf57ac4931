import type { Config } from '../config/schema.ts';
import { hostPort } from '../kit/address.ts';
import type { Log } from '../kit/log.ts';
import type { Conn } from '../net/conn.ts';
import { type ListenAddress, Listener } from '../net/listen.ts';
import type { Capacity } from './capacity.ts';

/** While descriptors are short accepting pauses and goes on again and again: that is told at most so often. */
const WARN_EVERY_MS = 60_000;

export interface ListenersParts {
  readonly config: Pick<Config, 'listen' | 'port' | 'workers'>;
  readonly capacity: Capacity;
  readonly log: Log;
  readonly onConnection: (conn: Conn) => void;
  /** Accepting rests for want of descriptors. */
  readonly onPause: () => void;
}

/** All listening sockets of a process. */
export class Listeners {
  readonly #parts: ListenersParts;
  readonly #listeners: Listener[] = [];
  #toldAtMs = 0;
  #isTold = false;

  /** @throws the runtime's error with a `code` when an address can't be had; none stays open */
  constructor(parts: ListenersParts) {
    this.#parts = parts;
    try {
      this.#open();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** The port of the first TCP listener; 0 when there is none. */
  get port(): number {
    return this.#listeners.find((listener) => listener.port !== 0)?.port ?? 0;
  }

  get addresses(): ListenAddress[] {
    return this.#listeners.map(({ address }) => address);
  }

  get isAccepting(): boolean {
    return this.#listeners.every(({ isPaused }) => !isPaused);
  }

  /** Connections that the kernel dropped because nobody accepted them in time. */
  get drops(): number {
    return this.#listeners.reduce((sum, { drops }) => sum + drops, 0);
  }

  /** Accepts no more. Connections that stand are not touched. */
  stop(): void {
    for (const listener of this.#listeners) listener.stop();
  }

  #open(): void {
    const { config, capacity, onConnection } = this.#parts;
    let { port } = config;
    for (const socket of config.listen) {
      const listener = new Listener({
        address: socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port },
        reusePort: config.workers > 1,
        descriptorCeiling: capacity.descriptorCeiling,
        onConnection,
        onPause: (isPaused) => this.#tell(isPaused),
      });
      this.#listeners.push(listener);
      if (listener.port !== 0) port = listener.port; // port 0: all addresses share the one that was given
    }
  }

  #tell(isPaused: boolean): void {
    const { log, capacity, onPause } = this.#parts;
    if (isPaused) onPause();
    const now = Date.now();
    if (isPaused && now - this.#toldAtMs >= WARN_EVERY_MS) {
      this.#toldAtMs = now;
      this.#isTold = true;
      log.warn('out of file descriptors: accepting pauses (raise the limit of open files)', {
        limit: capacity.descriptorLimit,
      });
    } else if (!isPaused && this.#isTold) {
      this.#isTold = false;
      log.info('accepting goes on');
    }
  }
}

/** "0.0.0.0:8080" or "unix:/run/petrel.sock". */
export function addressTexts(addresses: readonly ListenAddress[]): string[] {
  return addresses.map((address) =>
    'unix' in address ? `unix:${address.unix}` : hostPort(address.host, address.port),
  );
}
