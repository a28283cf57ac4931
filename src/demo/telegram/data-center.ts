import type { TCPSocketListener } from 'bun';
import type { Random } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import { setBufferSizes } from '../../net/socket-options.ts';
import { Counters } from './counters.ts';
import { DcConnection, type DcSurroundings } from './dc-connection.ts';
import type { Faults } from './faults.ts';
import { FileShelf } from './file-shelf.ts';
import { AuthKeys } from './mtproto/auth-key.ts';
import { newServerKey, type ServerKey } from './mtproto/server-key.ts';
import type { MtprotoPlace } from './mtproto-answers.ts';
import { Watchers } from './watchers.ts';

/** How to start a simulated data centre. */
export interface DataCenterOptions {
  readonly hostname?: string; // default 127.0.0.1
  readonly port?: number; // default 0: any free one
  readonly faults?: Faults;
  readonly serverKey?: ServerKey; // default: a fresh one when first needed
  readonly random?: Random;
  readonly now?: () => number; // Unix milliseconds
  readonly sendBufferBytes?: number; // of each connection in the kernel; default: as large as the kernel likes
}

/**
 * A Telegram data centre on loopback: obfuscated2 in every framing, the MTProto key exchange and a few requests for
 * real clients, and the bulk dialect for load tests.
 */
export class SimulatedDataCenter implements DcSurroundings {
  readonly counters = new Counters();
  readonly files = new FileShelf();
  readonly authKeys = new AuthKeys();
  /** May be changed at any time. */
  faults: Faults;
  readonly random: Random;
  readonly now: () => number;
  readonly #connections = new Set<DcConnection>();
  readonly #sendBufferBytes: number;
  readonly #watchers = new Watchers(this.counters);
  readonly #listener: TCPSocketListener<DcConnection>;
  #serverKey: ServerKey | null;

  private constructor(options: DataCenterOptions) {
    this.faults = options.faults ?? {};
    this.random = options.random ?? systemRandom;
    this.now = options.now ?? Date.now;
    this.#serverKey = options.serverKey ?? null;
    this.#sendBufferBytes = options.sendBufferBytes ?? 0;
    this.#listener = this.#listen(options.hostname ?? '127.0.0.1', options.port ?? 0);
  }

  static start(options: DataCenterOptions = {}): SimulatedDataCenter {
    return new SimulatedDataCenter(options);
  }

  get address(): string {
    return this.#listener.hostname;
  }

  get port(): number {
    return this.#listener.port;
  }

  get serverKey(): ServerKey {
    this.#serverKey ??= newServerKey();
    return this.#serverKey;
  }

  placeFor(dc: number): MtprotoPlace {
    const { address, port, files, counters, serverKey, authKeys, random, now } = this;
    return { dc, address, port, files, counters, serverKey, authKeys, random, now };
  }

  /** Resolves when the counters meet `condition`; rejects, with what was counted, when they do not in time. */
  until(condition: (counters: Counters) => boolean, limitMs = 5_000): Promise<void> {
    return this.#watchers.until(condition, limitMs);
  }

  /** Resets every open connection, as when the data centre goes down. */
  resetConnections(): void {
    for (const connection of [...this.#connections]) connection.reset();
  }

  /** Ends every open connection in order. */
  closeConnections(): void {
    for (const connection of [...this.#connections]) connection.finish();
  }

  /** Stops listening and drops every connection. */
  stop(): void {
    this.#listener.stop(true);
  }

  #listen(hostname: string, port: number): TCPSocketListener<DcConnection> {
    const [connections, watchers] = [this.#connections, this.#watchers];
    return Bun.listen<DcConnection>({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        open: (socket) => {
          socket.data = new DcConnection(socket, this);
          setBufferSizes((socket as unknown as { fd: number }).fd, { receive: 0, send: this.#sendBufferBytes });
          connections.add(socket.data);
          socket.data.onOpen();
          watchers.look();
        },
        data(socket, chunk) {
          socket.data.onBytes(chunk);
          watchers.look();
        },
        drain(socket) {
          socket.data.onWritable();
          watchers.look();
        },
        end(socket) {
          socket.data.onEnd();
        },
        close(socket) {
          socket.data.onClosed();
          connections.delete(socket.data);
          watchers.look();
        },
        error(socket, error) {
          socket.data.reset();
          throw error;
        },
      },
    });
  }
}
