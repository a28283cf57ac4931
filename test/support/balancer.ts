import { concat, utf8 } from '../../src/kit/bytes.ts';
import { until } from './proxy.ts';
import { RawListener, RawPeer } from './raw-peer.ts';

export interface BalancerSetup {
  /** The port that a connection is led to, by its first bytes; it waits while that is 0. */
  readonly route: (first: Uint8Array) => number;
  /** Whether a PROXY header, version 1, goes before everything else. */
  readonly proxyHeader?: boolean;
  /** A unix socket's path; default: a free loopback port. */
  readonly unix?: string;
}

/** Stands where a balancer, a published port or address translation would: leads what comes to it on to another port. */
export class Balancer implements Disposable {
  /** Connections that came. */
  connections = 0;
  readonly #setup: BalancerSetup;
  readonly #listener: RawListener;

  constructor(setup: BalancerSetup) {
    this.#setup = setup;
    const onPeer = (peer: RawPeer) => this.#take(peer);
    const { unix } = setup;
    this.#listener = unix === undefined ? new RawListener(onPeer) : new RawListener(onPeer, { unix });
  }

  get port(): number {
    return this.#listener.port;
  }

  #take(peer: RawPeer): void {
    this.connections += 1;
    peer.onBytes = (first) => {
      let early: Uint8Array = first;
      peer.onBytes = (chunk) => {
        early = concat(early, chunk);
      };
      void this.#join(peer, first, () => early);
    };
    peer.onFin = () => peer.close(); // without a word
  }

  async #join(peer: RawPeer, first: Uint8Array, early: () => Uint8Array): Promise<void> {
    const { route } = this.#setup;
    await until(() => route(first) !== 0, 'somebody serves');
    const far = await RawPeer.connect(route(first));
    if (this.#setup.proxyHeader === true) await far.write(utf8('PROXY TCP4 192.0.2.9 192.0.2.1 5000 443\r\n'));
    void far.write(early());
    for (const [one, other] of [
      [peer, far],
      [far, peer],
    ] as const) {
      one.onBytes = (chunk) => void other.write(chunk);
      one.onFin = () => other.finish();
      one.onReset = () => other.reset();
    }
    if (peer.hasFin) far.finish();
  }

  [Symbol.dispose](): void {
    this.#listener.stop();
  }
}
