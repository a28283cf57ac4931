import { networkOf } from '../kit/address.ts';
import { admit, type Permit } from './admission.ts';
import {
  type Answer,
  type EntryLimits,
  type Gate,
  type Handshake,
  type Place,
  type Request,
  type Room,
  then,
} from './gate.ts';
import type { StrangerReason } from './outcome.ts';
import { ReplayCache } from './replay-cache.ts';
import type { User } from './user.ts';

/** How often room is made for one session: somebody else may take what was made. */
const MOST_CLEARINGS = 3;
/** A user whose sessions are all busy is not searched again for so long, however often it comes. */
const NEXT_SEARCH_MS = 1_000;

export interface LocalGateParts {
  /** Read at each question: a reload changes them. */
  readonly limits: () => EntryLimits;
  readonly replays: Readonly<Record<Handshake['kind'], ReplayCache>>;
  /** Where room is made when a limit is reached. */
  readonly room: Room;
  readonly now?: () => number;
}

/** The gate of the process that decides itself: every answer is there at once, but where other processes have to make room first. */
export class LocalGate implements Gate {
  readonly #parts: LocalGateParts;
  readonly #now: () => number;
  readonly #byNetwork = new Map<string, number>();
  /** Handshakes with a right secret that came to nothing, and those that are being decided; kept while the process lives. */
  readonly #refused: Readonly<Record<Handshake['kind'], ReplayCache>>;
  /** Users of whose sessions none could give way, and when that was. */
  readonly #searched = new WeakMap<User, number>();
  #size = 0;

  constructor(parts: LocalGateParts) {
    this.#parts = parts;
    const { hello, header } = parts.replays;
    this.#refused = { hello: new ReplayCache(hello.capacity), header: new ReplayCache(header.capacity) };
    this.#now = parts.now ?? Date.now;
  }

  /** Sessions that have a place. */
  get size(): number {
    return this.#size;
  }

  enter(ip: string): Answer<Place | 'full'> {
    const network = networkOf(ip);
    const [crowd, surplus] = [this.#crowd(network), this.#surplus];
    if (crowd === 0 && surplus === 0) return this.#enterNow(network);
    const { room } = this.#parts;
    const clearing = crowd > 0 ? room.clearPlaces(ip, crowd) : room.clearPlaces(null, surplus);
    return then(clearing, () => this.#enterNow(network));
  }

  admit({ user, ip, kind, digest }: Request): Answer<Permit | StrangerReason> {
    const accepted = this.#parts.replays[kind];
    // Claimed among the refused first: whoever has no access can push out only others of its kind, and what is refused for want
    // of a place now is no fresh handshake when there is one.
    if (accepted.has(digest) || !this.#refused[kind].admit(digest)) return 'replay';
    return then(this.#seat(user, ip, MOST_CLEARINGS), (verdict) => {
      if (typeof verdict !== 'string') accepted.admit(digest);
      return verdict;
    });
  }

  /** Changes how many digests of each kind are kept. */
  resize(replayEntries: number): void {
    const caches = [...Object.values(this.#parts.replays), ...Object.values(this.#refused)];
    for (const cache of caches) cache.resize(replayEntries);
  }

  /** How many stand too many for one more. */
  get #surplus(): number {
    const { maxConnections } = this.#parts.limits();
    return maxConnections === 0 ? 0 : Math.max(0, this.#size + 1 - maxConnections);
  }

  /** How many of a network stand too many for one more of it. */
  #crowd(network: string): number {
    const { maxConnectionsPerIp } = this.#parts.limits();
    return maxConnectionsPerIp === 0 ? 0 : Math.max(0, (this.#byNetwork.get(network) ?? 0) + 1 - maxConnectionsPerIp);
  }

  #enterNow(network: string): Place | 'full' {
    if (this.#surplus > 0) return 'full';
    const isCrowded = this.#crowd(network) > 0;
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1);
    this.#size += 1;
    return new LocalPlace(isCrowded, network, this);
  }

  #seat(user: User, ip: string, clearings: number): Answer<Permit | StrangerReason> {
    const verdict = admit(user, ip, this.#now());
    if (verdict !== 'user-connections' && verdict !== 'user-networks') return verdict;
    if (clearings === 0 || this.#wasSearched(user)) return verdict;
    return then(this.#parts.room.clearSeat(user, networkOf(ip)), (isClear) => {
      if (isClear) return this.#seat(user, ip, clearings - 1);
      this.#searched.set(user, performance.now());
      return verdict;
    });
  }

  #wasSearched(user: User): boolean {
    return performance.now() - (this.#searched.get(user) ?? Number.NEGATIVE_INFINITY) < NEXT_SEARCH_MS;
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
