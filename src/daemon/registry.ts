import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';
import type { EntryLimits, Handshake, Room } from '../proxy/gate.ts';
import { LocalGate } from '../proxy/local-gate.ts';
import { ReplayCache } from '../proxy/replay-cache.ts';
import { Roster } from '../proxy/roster.ts';
import type { User } from '../proxy/user.ts';
import { Journal } from '../store/journal.ts';
import { openStore } from '../store/open-store.ts';
import type { Store, StoredUsage } from '../store/store.ts';
import { allUsers, ensureUser } from './users.ts';

/**
 * What is decided and kept in one place, however many processes serve: the users and what they have used, the replay
 * digests, the places; and the store in which it outlives us.
 */
export class Registry {
  readonly roster = new Roster();
  readonly gate: LocalGate;
  readonly store: Store;
  readonly #journal: Journal;
  #config: Config;

  /**
   * @param limits read at each question of the gate
   * @param room where room is made when one of them is reached
   */
  constructor(config: Config, log: Log, limits: () => EntryLimits, room: Room) {
    this.#config = config;
    this.store = openStore(config.dataDir, log);
    this.#journal = new Journal({
      store: this.store,
      log,
      usage: () => this.usage(),
      replayEntries: () => this.#config.limits.replayEntries,
    });
    const replays = { hello: this.#replays('hello'), header: this.#replays('header') };
    this.gate = new LocalGate({ limits, replays, room });
    this.#takeUsers();
  }

  /** What every user has moved by now. */
  usage(): StoredUsage[] {
    return this.roster.users.map(({ terms, uplinkBytes, downlinkBytes }) => ({
      name: terms.name,
      uplinkBytes,
      downlinkBytes,
    }));
  }

  /** Makes the first user when there is none at all. @returns whether it did */
  ensureUser(): boolean {
    const isMade = ensureUser(this.#config, this.store);
    if (isMade) this.#takeUsers();
    return isMade;
  }

  /** Takes a new configuration over. @returns users whose sessions have to end */
  reload(config: Config): User[] {
    this.#journal.flush(); // what a removed user has moved is kept for the day it comes back
    this.#config = config;
    this.gate.resize(config.limits.replayEntries);
    return this.#takeUsers();
  }

  close(): void {
    this.#journal.close();
    this.store.close();
  }

  #takeUsers(): User[] {
    const usage = new Map(this.store.usage().map((entry) => [entry.name, entry]));
    return this.roster.replace(allUsers(this.#config, this.store), (name) => usage.get(name) ?? null);
  }

  #replays(kind: Handshake['kind']): ReplayCache {
    const known = this.store.replays(kind);
    return new ReplayCache(this.#config.limits.replayEntries, known, {
      append: (digest) => this.#journal.appendDigest(kind, digest),
    });
  }
}
