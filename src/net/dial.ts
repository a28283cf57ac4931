import { addressesOf } from './addresses-of.ts';
import { connectTo } from './connect.ts';
import { type AddressPreference, type Dialing, type DialResult, failed, reasonOf } from './dialing.ts';
import type { Endpoint } from './endpoint.ts';
import { raceGroups } from './race.ts';
import type { FirstBuffers } from './socket-options.ts';

export interface DialOptions {
  readonly endpoint: Endpoint;
  /** For everything: the name servers and all addresses of a name. */
  readonly timeoutMs: number;
  readonly buffers: FirstBuffers;
  /** Orders the addresses of a name; default: as the resolver has them. */
  readonly preference?: AddressPreference;
}

/** How long one address of a name may take before the next is tried beside it (RFC 8305, section 5). */
const NEXT_ADDRESS_MS = 250;

/** Connects to one endpoint; the addresses of a name race, so that a dead one does not hold up the others. */
export function dial(options: DialOptions): Dialing {
  const attempt = new TimedDial(options);
  return { result: attempt.result, cancel: () => attempt.end(failed('cancelled')) };
}

class TimedDial {
  readonly result: Promise<DialResult>;
  readonly #timer: Timer;
  #race: Dialing | null = null;
  #settle: ((result: DialResult) => void) | null = null;

  constructor(options: DialOptions) {
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#timer = setTimeout(() => {
      this.end(failed(this.#race === null ? 'the name servers did not answer in time' : 'timed out'));
    }, options.timeoutMs);
    this.#run(options).then(
      (result) => this.end(result),
      (error) => this.end(failed(reasonOf(error))),
    );
  }

  end(result: DialResult): void {
    const settle = this.#settle;
    if (settle === null) {
      if (result.kind === 'connected') result.conn.reset(); // too late
      return;
    }
    this.#settle = null;
    clearTimeout(this.#timer);
    this.#race?.cancel();
    settle(result);
  }

  async #run({ endpoint, buffers, preference }: DialOptions): Promise<DialResult> {
    const addresses = await addressesOf(endpoint);
    if (this.#settle === null) return failed('given up');
    const groups = preference?.rank(addresses) ?? [addresses];
    this.#race = raceGroups(groups, NEXT_ADDRESS_MS, (address) => connectTo(address, buffers));
    const result = await this.#race.result;
    if (result.kind === 'connected') preference?.connected(result.address);
    return result;
  }
}
