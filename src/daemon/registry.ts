import type { Config } from '../config/schema.ts';
import type { EntryLimits, Handshake } from '../proxy/gate.ts';
import { LocalGate } from '../proxy/local-gate.ts';
import { ReplayCache } from '../proxy/replay-cache.ts';
import { Roster } from '../proxy/roster.ts';
import type { User } from '../proxy/user.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import { Journal } from '../store/journal.ts';
import { openStore } from '../store/open-store.ts';
import type { StorageTrouble, Store, StoredUsage } from '../store/store.ts';
import { allUsers, ensureUser } from './users.ts';

export interface RegistryParts {
  readonly config: Config;
  /** Read at each question of the gate. */
  readonly limits: () => EntryLimits;
  /** What is kept begins to be in danger, or is safe again. */
  readonly onStorageChange: () => void;
}

/**
 * What is decided and kept in one place, however many processes serve: the users and what they have used, the replay
 * digests, the places; and the store in which it outlives us.
 */
export class Registry {
  readonly roster = new Roster();
  readonly gate: LocalGate;
  readonly store: Store;
  readonly #lock: FolderLock;
  readonly #storeTrouble: StorageTrouble | null;
  readonly #journal: Journal;
  #config: Config;

  /** @throws PetrelError when another process has the data folder */
  constructor({ config, limits, onStorageChange }: RegistryParts) {
    this.#config = config;
    this.#lock = lockFolder(config.dataDir);
    ({ store: this.store, trouble: this.#storeTrouble } = openStore(config.dataDir));
    this.#journal = new Journal({
      store: this.store,
      usage: () => this.usage(),
      replayEntries: () => this.#config.limits.replayEntries,
      onChange: onStorageChange,
    });
    this.gate = new LocalGate({ limits, replays: { hello: this.#replays('hello'), header: this.#replays('header') } });
    this.#takeUsers();
  }

  /** Whether no other process can have the data folder. */
  get ownsFolder(): boolean {
    return this.#lock.isHeld;
  }

  /** Why what is kept here may be lost; null: it will not be. */
  get storageTrouble(): StorageTrouble | null {
    if (this.#storeTrouble !== null) return this.#storeTrouble;
    const { failure } = this.#journal;
    return failure === null ? null : { kind: 'unwritable', reason: failure };
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

  /** Writes what there is, and lets another process have the data folder: this one only finishes. */
  leaveFolder(): void {
    this.#journal.flush();
    this.#lock.release();
  }

  close(): void {
    this.#journal.close();
    this.store.close();
    this.#lock.release();
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
