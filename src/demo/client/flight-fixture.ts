import type { Socket } from 'bun';
import { concat } from '../../kit/bytes.ts';
import { fillRandom, systemRandom } from '../../kit/random.ts';
import { type ClientHello, readClientHello } from '../../wire/tls/client-hello.ts';
import { buildServerFlight } from '../../wire/tls/server-flight.ts';

interface Visit {
  bytes: Uint8Array;
  hello: ClientHello | null;
}

/** A server that answers a hello with a flight and then only collects what comes: for tests of the client. */
export class FlightServer {
  /** The hello of the last visit, and everything that followed it. */
  hello: ClientHello | null = null;
  after = new Uint8Array(0);
  readonly #key: Uint8Array;
  readonly #glued: Uint8Array;
  readonly #listener;
  #wake: () => void = () => {};

  /** @param glued bytes written right behind the flight */
  constructor(key: Uint8Array, glued = new Uint8Array(0)) {
    this.#key = key;
    this.#glued = glued;
    this.#listener = Bun.listen<Visit>({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        open(socket) {
          socket.data = { bytes: new Uint8Array(0), hello: null };
        },
        data: (socket, chunk) => this.#take(socket, chunk),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Resolves when so many bytes have come after the hello. */
  collected(length: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => this.after.length >= length && resolve();
      this.#wake();
    });
  }

  stop(): void {
    this.#listener.stop(true);
  }

  #take(socket: Socket<Visit>, chunk: Uint8Array): void {
    socket.data.bytes = concat(socket.data.bytes, chunk);
    if (socket.data.hello === null) this.#meet(socket);
    else this.after = socket.data.bytes.slice(socket.data.hello.consumed);
    this.#wake();
  }

  #meet(socket: Socket<Visit>): void {
    const reading = readClientHello(socket.data.bytes);
    if (reading.kind !== 'match') return;
    socket.data.hello = reading.hello;
    this.hello = reading.hello;
    const shape = { cipher: 0x1301, group: 0x001d, extensionOrder: 'share-first', encryptedLength: 900 } as const;
    const share = systemRandom(32);
    const flight = buildServerFlight({ hello: reading.hello, key: this.#key, shape, share, random: fillRandom });
    socket.write(concat(flight, this.#glued));
  }
}
