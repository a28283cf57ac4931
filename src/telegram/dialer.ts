import type { Conn } from '../net/conn.ts';
import { type Dialing, dial } from '../net/dial.ts';
import { dialThroughSocks, type SocksUpstream } from '../net/dial-socks.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { FirstBuffers } from '../net/socket-options.ts';
import type { DataCenters } from './data-centers.ts';
import { dialFirst } from './fail-over.ts';
import { Pool } from './pool.ts';

export type DcDialResult =
  | { kind: 'connected'; conn: Conn; wasReady: boolean }
  | { kind: 'unknown-dc' }
  | { kind: 'unreachable'; reason: string };

/** A data centre being dialled; `cancel` gives it up. */
export interface DcDialing {
  readonly result: Promise<DcDialResult>;
  cancel(): void;
}

export interface DialerOptions {
  readonly dataCenters: DataCenters;
  readonly timeoutMs: number;
  /** Connections opened ahead per data centre at this time; 0: none. */
  readonly poolLimit: () => number;
  readonly upstream: SocksUpstream | null;
  /** Kernel buffers of a connection that is about to be opened. */
  readonly buffers: () => FirstBuffers;
  /** Told of every connection opened, and of every one that could not be (null). */
  readonly onDialed?: (dc: number, elapsedMs: number | null) => void;
}

/** Connections to data centres: from the pool, or dialled with fail-over over the centre's addresses. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #pool: Pool;
  /** Index of the address that worked last, by data centre. */
  readonly #lastGood = new Map<number, number>();
  readonly #underWay = new Set<DcDialing>();

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#pool = new Pool(options.poolLimit, async (dc) => {
      const result = await this.dialFresh(dc).result;
      return result.kind === 'connected' ? result.conn : null;
    });
  }

  /** How many connections stand ready, by data centre. */
  ready(): Record<string, number> {
    return this.#pool.ready();
  }

  /**
   * Connects to a data centre.
   * @param dc signed id from the init header
   * @returns the caller owns the connection; an unknown id is never mapped to another centre
   */
  dial(dc: number): DcDialing {
    const isKnown = this.#options.dataCenters.endpointsOf(dc) !== null;
    const ready = isKnown ? this.#pool.take(dc) : null;
    if (ready === null) return this.dialFresh(dc);
    return { result: Promise.resolve({ kind: 'connected', conn: ready, wasReady: true }), cancel: () => ready.close() };
  }

  /** Closes what stands ready and gives up what is being dialled. */
  close(): void {
    this.#pool.close();
    for (const dialing of this.#underWay) dialing.cancel();
  }

  /** Connects past the pool: for the pool itself, and for a look at the data centre. */
  dialFresh(dc: number): DcDialing {
    const endpoints = this.#options.dataCenters.endpointsOf(dc);
    if (endpoints === null) return { result: Promise.resolve({ kind: 'unknown-dc' }), cancel: () => {} };
    const startMs = performance.now();
    let isGivenUp = false;
    const race = dialFirst(endpoints, this.#lastGood.get(dc) ?? 0, (endpoint) => this.#dialOne(endpoint));
    const result = race.result.then((end): DcDialResult => {
      if (end.kind === 'failed') {
        if (!isGivenUp) this.#options.onDialed?.(dc, null);
        return { kind: 'unreachable', reason: end.reason };
      }
      this.#options.onDialed?.(dc, performance.now() - startMs);
      this.#lastGood.set(dc, end.index);
      return { kind: 'connected', conn: end.conn, wasReady: false };
    });
    const cancel = () => {
      isGivenUp = true;
      race.cancel();
    };
    const dialing = { result, cancel };
    this.#underWay.add(dialing);
    void result.then(() => this.#underWay.delete(dialing));
    return dialing;
  }

  #dialOne(endpoint: Endpoint): Dialing {
    const { upstream, timeoutMs } = this.#options;
    const options = { endpoint, timeoutMs, buffers: this.#options.buffers() };
    return upstream === null ? dial(options) : dialThroughSocks(upstream, options);
  }
}
