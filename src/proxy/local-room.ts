import { networkOf } from '../kit/address.ts';
import { isDeaf } from '../net/peer-life.ts';
import type { Room } from './gate.ts';
import { type Standing, shortageOf, whoGivesWay } from './give-way.ts';
import { type Session, type SessionTable, SWEEP_MS } from './session-table.ts';
import type { User } from './user.ts';

/** A session of this process that may have to give way. */
export interface LocalStanding extends Standing {
  readonly id: number;
}

/** Makes room among the sessions of this process. */
export class LocalRoom implements Room {
  readonly #sessions: SessionTable;

  constructor(sessions: SessionTable) {
    this.#sessions = sessions;
  }

  clearPlaces(ip: string | null, count: number): boolean {
    if (this.waiting(ip) < count) return false;
    this.displace(ip, count);
    return true;
  }

  /** How many have proved nothing, of this address's network or of all. */
  waiting(ip: string | null): number {
    const { lobby } = this.#sessions;
    return ip === null ? lobby.size : lobby.countOf(ip);
  }

  /** Ends so many of them, as far as there are so many. @returns how many */
  displace(ip: string | null, count: number): number {
    return this.#sessions.displace(ip, count);
  }

  clearSeat(user: User, network: string): boolean {
    const going = whoGivesWay(this.standing(user), shortageOf(user, network));
    if (going === null) return false;
    this.supersede(going.map(({ id }) => id));
    return true;
  }

  /** The user's sessions. */
  standing(user: User): LocalStanding[] {
    return this.#sessions.of(user).map(standingOf);
  }

  /** Ends these sessions for others of their user. @returns how many there were */
  supersede(ids: readonly number[]): number {
    const wanted = new Set(ids);
    const going = [...this.#sessions.all].filter(({ id }) => wanted.has(id));
    for (const session of going) session.supersede();
    return going.length;
  }
}

function standingOf({ id, peer, client, quietSweeps }: Session): LocalStanding {
  return { id, network: networkOf(peer.ip), silentMs: quietSweeps * SWEEP_MS, isDeaf: isDeaf(client.fd) };
}
