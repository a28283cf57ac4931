import { concat, hex } from '../../src/kit/bytes.ts';
import { loopTurn } from './loop-turn.ts';
import { RawListener, RawPeer } from './raw-peer.ts';

export interface SocksSetup {
  /** Asks for this user and password; default: for none. */
  readonly user?: string;
  readonly password?: string;
  /** Answers every request with this reply code, and connects nowhere. */
  readonly refusal?: number;
  /** Stands right behind the reply, in the same write. */
  readonly glued?: Uint8Array;
  /** Answers nothing at all. */
  readonly isSilent?: boolean;
  /** Sends its answers byte by byte. */
  readonly isHalting?: boolean;
  /** Where it listens; default: a free port of 127.0.0.1. */
  readonly place?: { readonly hostname: string; readonly port: number };
}

const NO_PASSWORD = 0;
const PASSWORD = 2;
const NO_METHOD = 0xff;
const BOUND_ADDRESS = [1, 10, 0, 0, 1, 0x1f, 0x90]; // 10.0.0.1:8080, of no use to anybody

/** A tiny SOCKS5 server on loopback: IPv4 targets, small amounts. */
export class SocksServer implements Disposable {
  /** Targets that were asked for, as `address:port`. */
  readonly targets: string[] = [];
  /** Methods that clients offered, in hexadecimal. */
  readonly offers: string[] = [];
  readonly #setup: SocksSetup;
  readonly #listener: RawListener;

  constructor(setup: SocksSetup = {}) {
    this.#setup = setup;
    const serve = (peer: RawPeer) =>
      void this.#serve(peer).catch((error) => {
        if (peer.isOpen) throw error; // else it left before it had said everything
      });
    this.#listener = new RawListener(serve, setup.place);
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Connections of clients that stand. */
  get open(): number {
    return this.#listener.open;
  }

  stop(): void {
    this.#listener.stop();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  async #serve(client: RawPeer): Promise<void> {
    client.onFin = () => client.close();
    if (this.#setup.isSilent) return;
    const take = reader(client);
    const methods = await take((bytes) => 2 + (bytes[1] ?? 0));
    this.offers.push(hex(methods.subarray(2)));
    const wanted = this.#setup.user === undefined ? NO_PASSWORD : PASSWORD;
    const isOffered = methods.subarray(2).includes(wanted);
    await this.#say(client, Uint8Array.of(5, isOffered ? wanted : NO_METHOD));
    if (!isOffered) return;
    if (wanted === PASSWORD && !(await this.#checkPassword(client, take))) return;
    const request = await take(() => 10);
    const target = { address: request.subarray(4, 8).join('.'), port: ((request[8] ?? 0) << 8) | (request[9] ?? 0) };
    this.targets.push(`${target.address}:${target.port}`);
    const { refusal = 0, glued = new Uint8Array(0) } = this.#setup;
    const reply = Uint8Array.of(5, refusal, 0, ...BOUND_ADDRESS);
    if (refusal !== 0) return this.#say(client, reply);
    const far = await RawPeer.connect(target.port, target.address);
    join(client, far);
    await this.#say(client, concat(reply, glued));
  }

  async #say(client: RawPeer, answer: Uint8Array): Promise<void> {
    const step = this.#setup.isHalting ? 1 : answer.length;
    for (let at = 0; at < answer.length; at += step) {
      await client.write(answer.subarray(at, at + step));
      await loopTurn();
    }
  }

  async #checkPassword(client: RawPeer, take: Take): Promise<boolean> {
    const name = await take((bytes) => 3 + (bytes[1] ?? 0)); // the next length byte included
    const word = await take(() => name.at(-1) ?? 0);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const isRight = text(name.subarray(2, -1)) === this.#setup.user && text(word) === this.#setup.password;
    await this.#say(client, Uint8Array.of(1, isRight ? 0 : 1));
    return isRight;
  }
}

type Take = (lengthOf: (bytes: Uint8Array) => number) => Promise<Uint8Array>;

/** Takes messages off the front of what a client sends; the length may depend on the first two bytes. */
function reader(peer: RawPeer): Take {
  let taken = 0;
  return async (lengthOf) => {
    if (lengthOf(new Uint8Array(0)) === 0) return new Uint8Array(0);
    await peer.until(({ received }) => received >= taken + 2, 'a message to the SOCKS server');
    const length = lengthOf(peer.bytes.subarray(taken));
    await peer.until(({ received }) => received >= taken + length, 'the rest of it');
    taken += length;
    return peer.bytes.subarray(taken - length, taken);
  };
}

/** What comes on one side goes out on the other, ends too. */
function join(a: RawPeer, b: RawPeer): void {
  for (const [from, to] of [[a, b] as const, [b, a] as const]) {
    let written = Promise.resolve();
    from.onBytes = (chunk) => {
      written = to.write(chunk);
    };
    from.onFin = () => void written.then(() => to.finish());
    from.onReset = () => to.reset();
  }
}
