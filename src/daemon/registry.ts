import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';
import type { EntryLimits, Handshake } from '../proxy/gate.ts';
import { LocalGate } from '../proxy/local-gate.ts';
import { ReplayCache } from '../proxy/replay-cache.ts';
import { Roster } from '../proxy/roster.ts';
import type { User } from '../proxy/user.ts';
import { Journal } from '../store/journal.ts';
import { openStore } from '../store/open-store.ts';
import type { Kept, StorageTrouble, Store, StoredUsage, StoredUser } from '../store/store.ts';
import { allUsers, firstUser } from './users.ts';

/**
 * What is decided and kept in one place, however many processes serve: the users and what they have used, the replay
 * digests, the places; and the store in which it outlives us.
 */
export class Registry {
  readonly roster = new Roster();
  readonly gate: LocalGate;
  /** How fronted sites answer, kept with the rest. */
  readonly profiles: Pick<Journal, 'profileTexts' | 'saveProfileText'>;
  readonly #log: Log;
  readonly #store: Store;
  readonly #storeTrouble: StorageTrouble | null;
  readonly #journal: Journal;
  /** Users made here. */
  #made: readonly StoredUser[];
  #keepsUsers: boolean;
  #config: Config;

  /**
   * @param limits read at each question of the gate
   * @throws PetrelError when there are no users, and those of the store can't be read
   */
  constructor(config: Config, log: Log, limits: () => EntryLimits) {
    this.#config = config;
    this.#log = log;
    const { kept, store, trouble } = openStore(config.dataDir, config.users.length > 0);
    this.#store = store;
    this.#storeTrouble = trouble;
    this.#made = kept.users;
    this.#keepsUsers = store.isLasting;
    this.#journal = new Journal({
      store,
      kept,
      usage: () => this.usage(),
      replayEntries: () => this.#config.limits.replayEntries,
      onChange: () => this.#tellJournal(),
    });
    this.profiles = this.#journal;
    const replays = (kind: Handshake['kind']) => this.#replays(kind, kept);
    this.gate = new LocalGate({ limits, replays: { hello: replays('hello'), header: replays('header') } });
    this.#takeUsers();
    if (trouble !== null) log.warn(STORAGE_TEXTS[trouble.kind], { reason: trouble.reason });
  }

  /** Users made here are still there after a restart. */
  get keepsUsers(): boolean {
    return this.#keepsUsers;
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
    if (this.roster.users.length > 0) return false;
    const user = firstUser();
    this.#made = [user];
    this.#takeUsers();
    try {
      this.#store.addUser(user);
    } catch (error) {
      this.#keepsUsers = false;
      this.#log.warn(STORAGE_TEXTS.unwritable, { reason: error instanceof Error ? error.message : String(error) });
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

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #takeUsers(): User[] {
    return this.roster.replace(allUsers(this.#config, this.#made), (name) => this.#journal.usageOf(name));
  }

  #tellJournal(): void {
    const { failure } = this.#journal;
    if (failure === null) this.#log.info('the data folder can be written again');
    else this.#log.warn(STORAGE_TEXTS.unwritable, { reason: failure });
  }

  #replays(kind: Handshake['kind'], { replays }: Kept): ReplayCache {
    return new ReplayCache(this.#config.limits.replayEntries, replays[kind], {
      append: (digest) => this.#journal.appendDigest(kind, digest),
    });
  }
}

const STORAGE_TEXTS: Readonly<Record<StorageTrouble['kind'], string>> = {
  unusable: 'the data folder cannot be used: users made here, quotas and replay digests last only until the stop',
  damaged: 'the data folder had a damaged database',
  unwritable: 'the data folder cannot be written: quotas and replay digests are kept in memory for now',
};
