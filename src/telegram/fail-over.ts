import type { Conn } from '../net/conn.ts';
import type { Dialing, DialResult } from '../net/dial.ts';
import type { Endpoint } from '../net/endpoint.ts';

/** How long one address may take before the next is tried beside it: well above a round trip to any DC. */
const STAGGER_MS = 1_000;

export type RaceResult = { kind: 'connected'; conn: Conn; index: number } | { kind: 'failed'; reason: string };

/**
 * Dials several addresses of one data centre: the next starts when the one before failed or is slow; the first
 * that connects wins and the others are given up.
 *
 * @param first index of the address to start with (the one that worked last)
 */
export function dialFirst(
  endpoints: readonly Endpoint[],
  first: number,
  dialOne: (endpoint: Endpoint) => Dialing,
): { result: Promise<RaceResult>; cancel(): void } {
  const race = new Race(endpoints, first, dialOne);
  return { result: race.result, cancel: () => race.end({ kind: 'failed', reason: 'cancelled' }) };
}

class Race {
  readonly result: Promise<RaceResult>;
  readonly #endpoints: readonly Endpoint[];
  readonly #first: number;
  readonly #dialOne: (endpoint: Endpoint) => Dialing;
  readonly #running = new Set<Dialing>();
  #started = 0;
  #timer: Timer | undefined;
  #settle: ((result: RaceResult) => void) | null = null;

  constructor(endpoints: readonly Endpoint[], first: number, dialOne: (endpoint: Endpoint) => Dialing) {
    this.#endpoints = endpoints;
    this.#first = first;
    this.#dialOne = dialOne;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#startNext('no address');
  }

  end(result: RaceResult): void {
    const settle = this.#settle;
    if (settle === null) return;
    this.#settle = null;
    clearTimeout(this.#timer);
    for (const dialing of this.#running) dialing.cancel();
    settle(result);
  }

  #startNext(lastReason: string): void {
    clearTimeout(this.#timer);
    if (this.#started === this.#endpoints.length) {
      if (this.#running.size === 0) this.end({ kind: 'failed', reason: lastReason });
      return;
    }
    const index = (this.#first + this.#started) % this.#endpoints.length;
    const endpoint = this.#endpoints[index] as Endpoint;
    this.#started += 1;
    const dialing = this.#dialOne(endpoint);
    this.#running.add(dialing);
    if (this.#started < this.#endpoints.length) {
      this.#timer = setTimeout(() => this.#startNext(lastReason), STAGGER_MS);
    }
    void dialing.result.then((result) => this.#arrived(dialing, index, result));
  }

  #arrived(dialing: Dialing, index: number, result: DialResult): void {
    this.#running.delete(dialing);
    if (this.#settle === null) {
      if (result.kind === 'connected') result.conn.reset();
    } else if (result.kind === 'connected') {
      this.end({ kind: 'connected', conn: result.conn, index });
    } else {
      this.#startNext(result.reason);
    }
  }
}
