import { networkOf } from '../kit/address.ts';
import type { MaskPolicy } from './policy.ts';
import { RateLimit, type Throttle, type Throttled } from './rate-limit.ts';
import { RecentMap } from './recent-map.ts';

const MB = 1024 * 1024;
/** What passes at full speed, both ways together: more than visits of ordinary pages come to. */
const NETWORK_BURST_BYTES = 64 * MB;
const ALL_BURST_BYTES = 512 * MB;
/** Networks remembered with what they have moved; of more, the one that came longest ago has its burst again. */
const MAX_NETWORKS = 4_096;
/** After so long a wait everybody's turn comes: sites end connections that stand still for a minute. */
const LONGEST_TURN_MS = 20_000;

type Rates = Pick<MaskPolicy, 'rateBytesPerSecond' | 'networkRateBytesPerSecond'>;

/**
 * What strangers may move at the operator's expense: a burst at full speed and a rate afterwards, for each network and for all
 * of them. Over it they are slowed down, never cut: a slow server tells nothing. Where all of them wait, those
 * go first whose network has moved least: who only visits a page does not wait for those who draw files through us.
 */
export class StrangerRates {
  readonly #all = new RateLimit(0, { burstBytes: ALL_BURST_BYTES });
  readonly #networks = new RecentMap<RateLimit>(MAX_NETWORKS);
  #networkBytesPerSecond = 0;

  /** For a stranger that comes now, from this address; rates that have changed hold for all from then on. */
  of(ip: string, rates: Rates): StrangerRate {
    this.#all.bytesPerSecond = rates.rateBytesPerSecond;
    this.#changeNetworks(rates.networkRateBytesPerSecond);
    return new StrangerRate(this.#all, ip === '' ? NO_LIMIT : this.#networkRate(networkOf(ip)));
  }

  #changeNetworks(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#networkBytesPerSecond) return;
    this.#networkBytesPerSecond = bytesPerSecond;
    for (const rate of this.#networks.values()) rate.bytesPerSecond = bytesPerSecond;
  }

  #networkRate(network: string): RateLimit {
    const known = this.#networks.get(network);
    if (known !== undefined) return known;
    const rate = new RateLimit(this.#networkBytesPerSecond, { burstBytes: NETWORK_BURST_BYTES });
    this.#networks.set(network, rate);
    return rate;
  }
}

/** For those that come through a unix socket, which tells nobody's network. */
const NO_LIMIT = new RateLimit(0);

/** The rates that hold for one stranger. */
export class StrangerRate {
  readonly #all: RateLimit;
  readonly #network: RateLimit;

  constructor(all: RateLimit, network: RateLimit) {
    this.#all = all;
    this.#network = network;
  }

  /** For one of its pumps. */
  throttle(): Throttle {
    return new BothRates(this.#all, this.#network);
  }

  /** Bytes per second that its network has left; 0: the burst is not used up, or there is no limit. */
  get bytesPerSecond(): number {
    return this.#network.isSpent ? this.#network.bytesPerSecond : 0;
  }
}

/** Holds one pump back until both rates let it go on. */
class BothRates implements Throttle {
  readonly #all: RateLimit;
  readonly #network: RateLimit;
  readonly #inAll: Wait;
  readonly #inNetwork: Wait;
  #pump: Throttled | null = null;

  constructor(all: RateLimit, network: RateLimit) {
    this.#all = all;
    this.#network = network;
    const onTurn = () => this.#goOnIfFree();
    this.#inAll = new Wait(network, onTurn);
    this.#inNetwork = new Wait(network, onTurn);
  }

  charge(bytes: number, pump: Throttled): boolean {
    this.#pump = pump;
    if (this.#network.charge(bytes, this.#inNetwork)) this.#inNetwork.begin();
    if (this.#all.charge(bytes, this.#inAll)) this.#inAll.begin();
    return !this.#isFree;
  }

  forget(): void {
    this.#all.forget(this.#inAll);
    this.#network.forget(this.#inNetwork);
    this.#pump = null;
  }

  get #isFree(): boolean {
    return this.#inAll.sinceMs === null && this.#inNetwork.sinceMs === null;
  }

  #goOnIfFree(): void {
    if (this.#isFree) this.#pump?.goOn();
  }
}

/** A pump's place among those that wait for one rate. */
class Wait implements Throttled {
  sinceMs: number | null = null;
  readonly #network: RateLimit;
  readonly #onTurn: () => void;

  constructor(network: RateLimit, onTurn: () => void) {
    this.#network = network;
    this.#onTurn = onTurn;
  }

  begin(): void {
    this.sinceMs ??= performance.now();
  }

  get rank(): number {
    const waitedMs = performance.now() - (this.sinceMs ?? 0);
    return this.#network.usedBytes - (waitedMs / LONGEST_TURN_MS) * NETWORK_BURST_BYTES;
  }

  goOn(): void {
    this.sinceMs = null;
    this.#onTurn();
  }
}
