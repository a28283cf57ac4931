import type { Conn } from '../net/conn.ts';
import { dial } from '../net/dial.ts';
import { dialThroughSocks, type SocksUpstream } from '../net/dial-socks.ts';
import { type Dialing, reasonOf } from '../net/dialing.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { raceGroups } from '../net/race.ts';
import { RecentFirst } from '../net/recent-first.ts';
import type { FirstBuffers } from '../net/socket-options.ts';
import type { PqAnswer } from './ask-pq.ts';
import type { DataCenters } from './data-centers.ts';
import { Pool } from './pool.ts';
import { secondLook } from './second-look.ts';
import { type Failing, type Fault, Standing } from './standing.ts';

/** `address` is the one that accepted: what comes of the session is told to the dialer by it. */
export type DcDialResult =
  | { kind: 'connected'; conn: Conn; address: Endpoint; wasReady: boolean }
  | { kind: 'unknown-dc' }
  | { kind: 'unreachable'; reason: string };

/** A data centre being dialled. `result` never rejects; `cancel` gives it up, and closes a connection that nobody has taken yet. */
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
  /** Told whenever an address has accepted and not answered (again), and when it answers again. @param dc the centre's number */
  readonly onAddress?: (dc: number, failing: Failing, isFailing: boolean) => void;
}

/** How long one address of a data centre may take before the next is tried beside it: well above a round trip to any. */
const NEXT_ADDRESS_MS = 1_000;

/** Connections to data centres: from the pool, or dialled with fail-over over the centre's addresses. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #pool: Pool;
  /** By number: a media id has the addresses of its centre. */
  readonly #standings = new Map<number, Standing>();
  /** Addresses of the SOCKS proxy's name. */
  readonly #upstreamPreference = new RecentFirst();
  readonly #underWay = new Set<{ cancel(): void }>();

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#pool = new Pool({
      limit: options.poolLimit,
      open: async (dc) => {
        const result = await this.dialFresh(dc).result;
        return result.kind === 'connected' ? result : null;
      },
      onSpoke: (dc, address) => this.#standingOf(dc).condemn(address, 'foreign'),
    });
  }

  /** How many connections stand ready, by data centre. */
  ready(): Record<string, number> {
    return this.#pool.ready();
  }

  /** Addresses that accept and do not answer, by the number of their data centre; only those that have some. */
  failing(): Record<string, Failing[]> {
    const all = [...this.#standings].map(([number, { failing }]) => [number, failing] as const);
    return Object.fromEntries(all.filter(([, failing]) => failing.length > 0));
  }

  get centresInUse(): number {
    return this.#pool.size;
  }

  /** The limit of connections opened ahead may have fallen: closes those beyond it. */
  trim(): void {
    this.#pool.trim();
  }

  /**
   * Connects to a data centre.
   * @param dc signed id from the init header
   * @returns the caller owns the connection; an unknown id is never mapped to another centre
   */
  dial(dc: number): DcDialing {
    const isKnown = this.#options.dataCenters.endpointsOf(dc) !== null;
    if (isKnown) this.#lookAgain(dc);
    const ready = isKnown ? this.#pool.take(dc) : null;
    if (ready === null) return this.dialFresh(dc);
    const { conn, address } = ready;
    return {
      result: Promise.resolve({ kind: 'connected', conn, address, wasReady: true }),
      cancel: () => conn.close(),
    };
  }

  /** A session with this address has got its first byte. */
  answered(dc: number, address: Endpoint): void {
    this.#standingOf(dc).answered(address);
  }

  /** A session with this address has deserved an answer and got none. */
  unanswered(dc: number, address: Endpoint, fault: Fault): void {
    this.#standingOf(dc).unanswered(address, fault);
  }

  /** What became of a question of our own, which any data centre answers: more than a session's word. */
  judge(dc: number, address: Endpoint, answer: PqAnswer['kind']): void {
    if (answer === 'answered') this.#standingOf(dc).acquit(address);
    else this.#standingOf(dc).condemn(address, answer);
  }

  /** Closes what stands ready and gives up what is being dialled. */
  close(): void {
    this.#pool.close();
    for (const dialing of this.#underWay) dialing.cancel();
  }

  #standingOf(dc: number): Standing {
    const number = Math.abs(dc);
    let standing = this.#standings.get(number);
    if (standing === undefined) {
      standing = new Standing((failing, isFailing) => {
        if (isFailing) this.#pool.drop(number, failing.address);
        this.#options.onAddress?.(number, failing, isFailing);
      });
      this.#standings.set(number, standing);
    }
    return standing;
  }

  /** Connects past the pool: for the pool itself, and for a look at the data centre. */
  dialFresh(dc: number): DcDialing {
    const endpoints = this.#options.dataCenters.endpointsOf(dc);
    if (endpoints === null) return { result: Promise.resolve({ kind: 'unknown-dc' }), cancel: () => {} };
    const startMs = performance.now();
    let isGivenUp = false;
    const standing = this.#standingOf(dc);
    const race = raceGroups(standing.rank(endpoints), NEXT_ADDRESS_MS, (endpoint) => this.#dialOne(endpoint, standing));
    const told = race.result.then((end): DcDialResult => {
      if (end.kind === 'connected') {
        this.#options.onDialed?.(dc, performance.now() - startMs);
        return { ...end, wasReady: false };
      }
      if (!isGivenUp) this.#options.onDialed?.(dc, null);
      return { kind: 'unreachable', reason: end.reason };
    });
    const result = told.catch((error): DcDialResult => ({ kind: 'unreachable', reason: reasonOf(error) }));
    const cancel = () => {
      isGivenUp = true;
      race.cancel();
      void race.result.then((end) => end.kind === 'connected' && end.conn.close());
    };
    return this.#follow({ result, cancel });
  }

  #dialOne(endpoint: Endpoint, standing: Standing): Dialing {
    const { upstream, timeoutMs } = this.#options;
    const options = { endpoint, timeoutMs, buffers: this.#options.buffers(), preference: standing };
    const dialing = upstream === null ? dial(options) : dialThroughSocks(upstream, options, this.#upstreamPreference);
    void dialing.result.then(({ kind }) => kind === 'connected' && standing.connected(endpoint));
    return dialing;
  }

  /** Failing addresses of a data centre in use get a question of our own from time to time, so that no session has to try them. */
  #lookAgain(dc: number): void {
    const standing = this.#standings.get(Math.abs(dc));
    if (standing === undefined) return;
    for (const address of standing.takeDue(performance.now())) {
      const look = this.#follow(secondLook(this.#dialOne(address, standing), dc));
      void look.result.then((hasAnswered) => hasAnswered && standing.acquit(address));
    }
  }

  /** Remembers what is under way until it is over. */
  #follow<T extends { readonly result: Promise<unknown>; cancel(): void }>(dialing: T): T {
    this.#underWay.add(dialing);
    void dialing.result.then(() => this.#underWay.delete(dialing));
    return dialing;
  }
}
