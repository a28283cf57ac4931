import type { Config } from '../config/schema.ts';
import type { EntryLimits, Handshake, Room } from '../proxy/gate.ts';
import { LocalGate } from '../proxy/local-gate.ts';
import { ReplayCache } from '../proxy/replay-cache.ts';
import { Roster } from '../proxy/roster.ts';
import type { User } from '../proxy/user.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import { Journal } from '../store/journal.ts';
import { type OpenedStore, openStore } from '../store/open-store.ts';
import type { Kept, StorageTrouble, Store, StoredUsage, StoredUser } from '../store/store.ts';
import { allUsers, firstUser } from './users.ts';

export interface RegistryParts {
  readonly config: Config;
  /** Read at each question of the gate. */
  readonly limits: () => EntryLimits;
  /** Where room is made when one of them is reached. */
  readonly room: Room;
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
  /** How fronted sites answer, kept with the rest. */
  readonly profiles: Pick<Journal, 'profileTexts' | 'saveProfileText'>;
  readonly #lock: FolderLock;
  readonly #store: Store;
  #storeTrouble: StorageTrouble | null;
  readonly #journal: Journal;
  /** Users made here. */
  #made: readonly StoredUser[];
  #keepsUsers: boolean;
  #config: Config;

  /** @throws PetrelError when another process has the data folder, or there are no users but those of a store that can't be read */
  constructor({ config, limits, room, onStorageChange }: RegistryParts) {
    this.#config = config;
    this.#lock = lockFolder(config.dataDir);
    const { kept, store, trouble } = this.#openStore();
    this.#store = store;
    this.#storeTrouble = trouble;
    this.#made = kept.users;
    this.#keepsUsers = store.isLasting;
    this.#journal = new Journal({
      store,
      kept,
      usage: () => this.usage(),
      replayEntries: () => this.#config.limits.replayEntries,
      onChange: onStorageChange,
    });
    this.profiles = this.#journal;
    const replays = (kind: Handshake['kind']) => this.#replays(kind, kept);
    this.gate = new LocalGate({ limits, replays: { hello: replays('hello'), header: replays('header') }, room });
    this.#takeUsers();
  }

  /** Users made here are still there after a restart. */
  get keepsUsers(): boolean {
    return this.#keepsUsers;
  }

  /** Whether no other process can have the data folder. */
  get ownsFolder(): boolean {
    return this.#lock.isHeld;
  }

  /** Why what is kept here may be lost; null: it will not be. */
  get storageTrouble(): StorageTrouble | null {
    const { failure } = this.#journal;
    return failure === null ? this.#storeTrouble : { kind: 'unwritable', reason: failure };
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
    if (this.roster.users.length > 0) return false;
    const user = firstUser();
    this.#made = [user];
    this.#takeUsers();
    try {
      this.#store.addUser(user);
    } catch (error) {
      this.#keepsUsers = false;
      this.#storeTrouble = { kind: 'unwritable', reason: error instanceof Error ? error.message : String(error) };
    }
    return true;
  }

  /** Takes a new configuration over. @returns users whose sessions have to end */
  reload(config: Config): User[] {
    this.#journal.flush(); // what a removed user has moved is kept for the day it comes back
    this.#config = config;
    this.gate.resize(config.limits.replayEntries);
    return this.#takeUsers();
  }

  /** Writes what there is, and then lets another process have the data folder: this one only finishes. */
  leaveFolder(): void {
    void this.#journal.save().then(() => this.#lock.release());
  }

  async close(): Promise<void> {
    await this.#journal.close();
    this.#lock.release();
  }

  #takeUsers(): User[] {
    return this.roster.replace(allUsers(this.#config, this.#made), (name) => this.#journal.usageOf(name));
  }

  #openStore(): OpenedStore {
    try {
      return openStore(this.#config.dataDir, this.#config.users.length > 0);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  #replays(kind: Handshake['kind'], { replays }: Kept): ReplayCache {
    return new ReplayCache(this.#config.limits.replayEntries, replays[kind], {
      append: (digest) => this.#journal.appendDigest(kind, digest),
    });
  }
}
