import { networkOf } from '../kit/address.ts';
import { admit, type Permit } from './admission.ts';
import type { EntryLimits, Gate, Handshake, Place, Request } from './gate.ts';
import type { StrangerReason } from './outcome.ts';
import type { ReplayCache } from './replay-cache.ts';

export interface LocalGateParts {
  /** Read at each question: a reload changes them. */
  readonly limits: () => EntryLimits;
  readonly replays: Readonly<Record<Handshake['kind'], ReplayCache>>;
  readonly now?: () => number;
}

/** The gate of the process that decides itself: every answer is there at once. */
export class LocalGate implements Gate {
  readonly #parts: LocalGateParts;
  readonly #now: () => number;
  readonly #byNetwork = new Map<string, number>();
  #size = 0;

  constructor(parts: LocalGateParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Sessions that have a place. */
  get size(): number {
    return this.#size;
  }

  enter(ip: string): Place | 'full' {
    const { maxConnections, maxConnectionsPerIp } = this.#parts.limits();
    if (maxConnections > 0 && this.#size >= maxConnections) return 'full';
    const network = networkOf(ip);
    const count = (this.#byNetwork.get(network) ?? 0) + 1;
    this.#byNetwork.set(network, count);
    this.#size += 1;
    return new LocalPlace(maxConnectionsPerIp > 0 && count > maxConnectionsPerIp, network, this);
  }

  admit({ user, ip, kind, digest }: Request): Permit | StrangerReason {
    if (!this.#parts.replays[kind].admit(digest)) return 'replay';
    return admit(user, ip, this.#now());
  }

  /** Changes how many digests of each kind are kept. */
  resize(replayEntries: number): void {
    for (const cache of Object.values(this.#parts.replays)) cache.resize(replayEntries);
  }

  /** A place among the sessions of a network is free again. */
  leave(network: string): void {
    this.#size -= 1;
    const left = (this.#byNetwork.get(network) ?? 1) - 1;
    if (left > 0) this.#byNetwork.set(network, left);
    else this.#byNetwork.delete(network);
  }
}

class LocalPlace implements Place {
  readonly isCrowded: boolean;
  readonly #network: string;
  #gate: LocalGate | null;

  constructor(isCrowded: boolean, network: string, gate: LocalGate) {
    this.isCrowded = isCrowded;
    this.#network = network;
    this.#gate = gate;
  }

  release(): void {
    this.#gate?.leave(this.#network);
    this.#gate = null;
  }
}
