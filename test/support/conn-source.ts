import type { Conn } from '../../src/net/conn.ts';
import { Listener } from '../../src/net/listen.ts';
import { until } from './proxy.ts';
import { RawPeer } from './raw-peer.ts';

/** Makes connections whose one end is a `Conn`, as the proxy holds it, and whose other end the test drives. */
export class ConnSource implements Disposable {
  readonly #accepted: Conn[] = [];
  readonly #listener = new Listener({
    address: { host: '127.0.0.1', port: 0 },
    reusePort: false,
    descriptorCeiling: Number.POSITIVE_INFINITY,
    onConnection: (conn) => void this.#accepted.push(conn),
    onPause: () => {},
  });

  /** One connection at a time. */
  async next(): Promise<{ conn: Conn; peer: RawPeer }> {
    const peer = await RawPeer.connect(this.#listener.port);
    await until(() => this.#accepted.length > 0, 'the accepted end');
    const conn = this.#accepted.shift();
    if (conn === undefined) throw new Error('nothing was accepted');
    return { conn, peer };
  }

  [Symbol.dispose](): void {
    this.#listener.stop();
  }
}
