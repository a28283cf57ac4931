import { equal } from '../../src/kit/bytes.ts';
import { until } from './proxy.ts';
import { RawListener, type RawPeer } from './raw-peer.ts';
import { type Certificate, selfSigned } from './self-signed.ts';

/** A real HTTPS server with a certificate of its own: what a browser gets to see through the proxy. */
export class TlsSite implements Disposable {
  readonly certificate: Certificate;
  readonly page: string;
  readonly #server: ReturnType<typeof Bun.serve>;

  constructor(domain: string, page = `the page of ${domain}`) {
    this.page = page;
    this.certificate = selfSigned(domain);
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      tls: this.certificate,
      fetch: () => new Response(page),
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

/**
 * A fronted site that shows what arrives and how the connection ends, and does only what a test tells it to. The
 * proxy itself comes to it too, with hellos of its own: whoever a test waits for is known by what it sends.
 */
export class RecordingSite implements Disposable {
  readonly #listener: RawListener;
  readonly #handedOut = new Set<RawPeer>();

  /** @param onPeer called with each connection, before anything of it is read */
  constructor(
    place: { hostname?: string; port?: number } | { unix: string } = {},
    onPeer: (peer: RawPeer) => void = () => {},
  ) {
    this.#listener = new RawListener(onPeer, place);
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Connections that have come. */
  get count(): number {
    return this.#listener.peers.length;
  }

  /** Waits for a connection on which exactly these bytes have come. @returns the same one only once */
  async visitor(bytes: Uint8Array, limitMs?: number): Promise<RawPeer> {
    let visitor: RawPeer | undefined;
    await until(
      () => {
        visitor = this.#listener.peers.find((peer) => !this.#handedOut.has(peer) && equal(peer.bytes, bytes));
        return visitor !== undefined;
      },
      `a visitor at the site that sends ${bytes.length} bytes, and these`,
      limitMs,
    );
    if (visitor === undefined) throw new Error('gone');
    this.#handedOut.add(visitor);
    return visitor;
  }

  /** Whether anybody began with these bytes. */
  hasHeard(bytes: Uint8Array): boolean {
    return this.#listener.peers.some((peer) => equal(peer.bytes.subarray(0, bytes.length), bytes));
  }

  [Symbol.dispose](): void {
    this.#listener.stop();
  }
}
