import type { Config } from '../config/schema.ts';
import type { SocketHost } from '../config/types/addresses.ts';
import { isWritten } from '../config/written.ts';
import type { Log } from '../kit/log.ts';
import { Repeats } from '../kit/repeats.ts';
import type { Conn } from '../net/conn.ts';
import { endpointText } from '../net/endpoint.ts';
import { type ListenAddress, Listener } from '../net/listen.ts';
import type { Capacity } from './capacity.ts';
import { isMissingAddress, ListenError } from './listen-failure.ts';
import { socketAccess } from './socket-access.ts';

export interface ListenersParts {
  readonly config: Pick<Config, 'listen' | 'listenOptions' | 'port' | 'workers' | 'sources'>;
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
  /** Default addresses that this machine does not have. */
  readonly #missing: ListenError[] = [];
  /** While descriptors are short accepting pauses and goes on again and again. */
  readonly #repeats = new Repeats();
  #isTold = false;

  /** @throws ListenError when an address can't be had; none stays open */
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
    let { port } = this.#parts.config;
    for (const socket of this.#inOrder()) {
      const listener = this.#openOne(socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port });
      if (listener === null) continue;
      this.#listeners.push(listener);
      if (listener.port !== 0) port = listener.port; // port 0: all addresses share the one that was given
    }
    const [missing] = this.#missing;
    if (this.#listeners.length === 0 && missing !== undefined) throw missing;
  }

  /** Ports first: what lies under a Unix socket's path is not touched before all of them could be had. */
  #inOrder(): SocketHost[] {
    const { listen } = this.#parts.config;
    return [...listen.filter(({ kind }) => kind === 'tcp'), ...listen.filter(({ kind }) => kind === 'unix')];
  }

  /** @returns null for an address that nobody asked for and this machine does not have */
  #openOne(address: ListenAddress): Listener | null {
    const { config, capacity, log, onConnection } = this.#parts;
    try {
      return new Listener({
        address,
        ...('unix' in address && { access: socketAccess(config.listenOptions) }),
        reusePort: config.workers > 1,
        descriptorCeiling: capacity.descriptorCeiling,
        onConnection,
        onPause: (isPaused) => this.#tell(isPaused),
      });
    } catch (error) {
      const failure = new ListenError(address, error);
      if (isWritten(config, 'listen') || !isMissingAddress(error)) throw failure;
      log.info('a default address is left out: this machine does not have it', {
        address: endpointText(address),
        code: failure.code,
      });
      this.#missing.push(failure);
      return null;
    }
  }

  #tell(isPaused: boolean): void {
    const { log, capacity, onPause } = this.#parts;
    if (isPaused) onPause();
    if (isPaused && this.#repeats.count('paused') !== null) {
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
