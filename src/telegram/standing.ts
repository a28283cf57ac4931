import type { AddressPreference } from '../net/dialing.ts';
import { type Endpoint, endpointText } from '../net/endpoint.ts';
import { RecentFirst } from '../net/recent-first.ts';

/** What an address did instead of answering. */
export type Fault =
  | 'silent' // took the client's bytes and said nothing
  | 'closed' // or reset
  | 'foreign'; // spoke before it was asked, or answered what no data centre does

/** An address that accepts connections and is of no use. */
export interface Failing {
  readonly address: string;
  readonly fault: Fault;
}

/** Faults in a row without an answer between them after which an address is failing: one may be the client's own trouble. */
const STRIKES = 2;
/** After the first look at a failing address: the pause before the next, doubled up to the second figure. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 10 * 60_000;
/** Addresses of one data centre of which something bad is remembered; beyond that the oldest is forgotten. */
const MAX_REMEMBERED = 32;

/** What there is against an address. */
interface Charge {
  readonly endpoint: Endpoint;
  strikes: number;
  /** Null: not failing yet. */
  fault: Fault | null;
  pauseMs: number;
  nextLookMs: number;
}

/**
 * How the addresses of one data centre have done of late. An address is judged by its answers to sessions, not by
 * accepting: one that lets two sessions in a row go without is failing, and tried after the others until it answers.
 */
export class Standing implements AddressPreference {
  readonly #recent = new RecentFirst();
  /** By the address's text; the one whose last fault is longest ago comes first. */
  readonly #charges = new Map<string, Charge>();
  readonly #onVerdict: (failing: Failing, isFailing: boolean) => void;

  /** @param onVerdict told whenever an address has failed again, and when it is no longer failing */
  constructor(onVerdict: (failing: Failing, isFailing: boolean) => void) {
    this.#onVerdict = onVerdict;
  }

  get failing(): Failing[] {
    return [...this.#charges].flatMap(([address, { fault }]) => (fault === null ? [] : [{ address, fault }]));
  }

  /** The failing ones are the last resort, of them first the one whose last fault is longest ago. */
  rank(addresses: readonly Endpoint[]): readonly (readonly Endpoint[])[] {
    if (this.#charges.size === 0) return [this.#recent.order(addresses)];
    const order = [...this.#charges.keys()];
    const place = (endpoint: Endpoint) => order.indexOf(endpointText(endpoint));
    const isFailing = (endpoint: Endpoint) => (this.#charges.get(endpointText(endpoint))?.fault ?? null) !== null;
    const usable = addresses.filter((address) => !isFailing(address));
    const lastResort = addresses.filter(isFailing).sort((one, other) => place(one) - place(other));
    return [this.#recent.order(usable), lastResort].filter((group) => group.length > 0);
  }

  connected(address: Endpoint): void {
    this.#recent.connected(address);
  }

  /** A session has got its first byte. That proves nothing of an address that speaks unasked. */
  answered(address: Endpoint): void {
    if (this.#charges.size > 0 && this.#charges.get(endpointText(address))?.fault !== 'foreign') this.#clear(address);
  }

  /** A session has deserved an answer, and got none. */
  unanswered(address: Endpoint, fault: Fault): void {
    this.#strike(address, fault, 1);
  }

  /** It has shown that it is no data centre. */
  condemn(address: Endpoint, fault: Fault): void {
    this.#strike(address, fault, STRIKES);
  }

  /** It has answered what only a data centre can. */
  acquit(address: Endpoint): void {
    if (this.#charges.size > 0) this.#clear(address);
  }

  /** Failing addresses that should be looked at again now; each is then left alone for its pause. */
  takeDue(nowMs: number): Endpoint[] {
    const due = [...this.#charges.values()].filter(({ fault, nextLookMs }) => fault !== null && nowMs >= nextLookMs);
    for (const charge of due) {
      charge.pauseMs = Math.min(LONGEST_PAUSE_MS, charge.pauseMs * 2);
      charge.nextLookMs = nowMs + charge.pauseMs;
    }
    return due.map(({ endpoint }) => endpoint);
  }

  #strike(address: Endpoint, fault: Fault, strikes: number): void {
    const text = endpointText(address);
    const charge = this.#charges.get(text) ?? newCharge(address);
    this.#charges.delete(text); // so that the order of the map is that of the last faults
    this.#charges.set(text, charge);
    this.#trim();
    charge.strikes += strikes;
    if (charge.strikes < STRIKES) return;
    if (charge.fault === null) charge.nextLookMs = performance.now() + charge.pauseMs;
    if (charge.fault !== 'foreign') charge.fault = fault;
    this.#onVerdict({ address: text, fault: charge.fault }, true);
  }

  #clear(address: Endpoint): void {
    const text = endpointText(address);
    const charge = this.#charges.get(text);
    this.#charges.delete(text);
    if (charge !== undefined && charge.fault !== null) this.#onVerdict({ address: text, fault: charge.fault }, false);
  }

  #trim(): void {
    if (this.#charges.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#charges.keys()) {
      this.#charges.delete(oldest);
      return;
    }
  }
}

function newCharge(endpoint: Endpoint): Charge {
  return { endpoint, strikes: 0, fault: null, pauseMs: FIRST_PAUSE_MS, nextLookMs: 0 };
}
