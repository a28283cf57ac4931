import { nestedNetworks, networkKeyText } from '../kit/address.ts';
import { NestedNetwork, Wait } from './nested-network.ts';
import { Ranking } from './ranking.ts';

/**
 * Connections of one network (an IPv4 address, an IPv6 /64) that may wait for longer than `PATIENCE_MS`. A carrier's NAT puts up to
 * about a thousand subscribers behind one address (65,536 ports in blocks of 64 or more): each may have one socket open ahead of
 * use. Whose socket is closed while it says nothing opens another one.
 */
export const MOST_OF_ONE_NETWORK = 1_024;
/** A hello follows on its connection within a round trip, on a bad mobile link after a retransmission or two. */
export const PATIENCE_MS = 5_000;

/** Who takes most of the room. */
export interface Crowd {
  /** "192.0.2.1", or a wider network when no narrower one has most of it. */
  readonly network: string;
  readonly connections: number;
}

export interface LobbyLimits {
  readonly mostOfOneNetwork: number;
  readonly patienceMs: number;
}

/**
 * Connections that have proved nothing yet: silent, half-spoken, or waiting for the fronted site. It knows who can best be spared
 * when room is needed: the one that waits longest, of the network that has most of them. Networks are counted inside wider ones,
 * so that whoever has a whole prefix can't hide by spreading over it, and so that nobody else has to go in its place.
 */
export class Lobby<Guest> {
  readonly #limits: LobbyLimits;
  readonly #outermost = new Map<string, NestedNetwork<Guest>>();
  readonly #ranking = new Ranking<NestedNetwork<Guest>>();
  readonly #waits = new Map<Guest, Wait<Guest>>();
  readonly #overfull = new Set<NestedNetwork<Guest>>();
  #crowd: { readonly key: string; readonly connections: number } | null = null;

  constructor(limits: LobbyLimits = { mostOfOneNetwork: MOST_OF_ONE_NETWORK, patienceMs: PATIENCE_MS }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waits.size;
  }

  /** The network that had most when somebody last had to leave for want of room, and the most it had so; null: nobody ever had to. */
  get crowd(): Crowd | null {
    if (this.#crowd === null) return null;
    return { network: networkKeyText(this.#crowd.key), connections: this.#crowd.connections };
  }

  /** Waits here from now on; one that was here already as from another address begins anew. */
  enter(guest: Guest, ip: string): void {
    this.leave(guest);
    let network: NestedNetwork<Guest> | null = null;
    for (const key of nestedNetworks(ip)) {
      network = this.#inside(network, key);
      network.count += 1;
    }
    if (network === null) return; // never: every text is in one network at least
    const wait = new Wait(guest, network);
    network.append(wait);
    this.#waits.set(guest, wait);
    this.#ranking.raise(network.outermost);
    if (network.count > this.#limits.mostOfOneNetwork) this.#overfull.add(network);
  }

  /** It has shown what it is, or is gone. */
  leave(guest: Guest): void {
    const wait = this.#waits.get(guest);
    if (wait === undefined) return;
    const { network } = wait;
    this.#waits.delete(guest);
    network.remove(wait);
    this.#ranking.lower(network.outermost);
    for (let each: NestedNetwork<Guest> | null = network; each !== null; each = each.wider) {
      each.count -= 1;
      if (each.count === 0) (each.wider?.narrower ?? this.#outermost).delete(each.key);
    }
    if (network.count <= this.#limits.mostOfOneNetwork) this.#overfull.delete(network);
  }

  /** Room is needed, and it has to leave. */
  spare(guest: Guest): void {
    const now = this.#densest();
    if (now?.key !== this.#crowd?.key || (now?.connections ?? 0) > (this.#crowd?.connections ?? 0)) this.#crowd = now;
    this.leave(guest);
  }

  /** Who can best be spared; null: nobody is here. */
  longest(): Guest | null {
    let network = this.#ranking.heaviest;
    for (let next = network?.heaviest() ?? null; next !== null; next = next.heaviest()) network = next;
    return network?.first?.guest ?? null;
  }

  /** Who of this address's own network can best be spared. */
  longestOf(ip: string): Guest | null {
    return this.#networkOf(ip)?.first?.guest ?? null;
  }

  /** How many of this address's own network are here. */
  countOf(ip: string): number {
    return this.#networkOf(ip)?.count ?? 0;
  }

  /** Those by which networks have more than they may, and that have had their time to speak. @param nowMs of the monotonic clock */
  overdue(nowMs: number): Guest[] {
    const { mostOfOneNetwork, patienceMs } = this.#limits;
    const found: Guest[] = [];
    for (const { count, first } of this.#overfull) {
      let wait = first;
      for (let surplus = count - mostOfOneNetwork; surplus > 0 && wait !== null; surplus -= 1) {
        if (nowMs - wait.sinceMs < patienceMs) break;
        found.push(wait.guest);
        wait = wait.after;
      }
    }
    return found;
  }

  #networkOf(ip: string): NestedNetwork<Guest> | null {
    let networks = this.#outermost;
    let network: NestedNetwork<Guest> | null = null;
    for (const key of nestedNetworks(ip)) {
      network = networks.get(key) ?? null;
      if (network === null) break;
      networks = network.narrower;
    }
    return network;
  }

  #inside(wider: NestedNetwork<Guest> | null, key: string): NestedNetwork<Guest> {
    const networks = wider?.narrower ?? this.#outermost;
    const known = networks.get(key);
    if (known !== undefined) return known;
    const network = new NestedNetwork(key, wider);
    networks.set(key, network);
    return network;
  }

  /** The narrowest network that has most of the heaviest one. */
  #densest(): { key: string; connections: number } | null {
    let network = this.#ranking.heaviest;
    if (network === undefined) return null;
    for (let next = network.heaviest(); next !== null && 2 * next.count > network.count; next = next.heaviest())
      network = next;
    return { key: network.key, connections: network.count };
  }
}
