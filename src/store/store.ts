/** A user made by Petrel itself (at the first start), not by the configuration. */
export interface StoredUser {
  readonly name: string;
  /** 16 bytes. */
  readonly key: Uint8Array;
}

/** Bytes a user has moved, over all runs. */
export interface StoredUsage {
  readonly name: string;
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
}

/** The two kinds of handshakes whose replays are refused. */
export type ReplayKind = 'hello' | 'header';

/** Users that Petrel made itself. */
export interface UserStore {
  users(): StoredUser[];
  addUser(user: StoredUser): void;
}

/** What users have moved. */
export interface UsageStore {
  usage(): StoredUsage[];
  saveUsage(usage: readonly StoredUsage[]): void;
}

/** Digests of accepted handshakes: 16 characters, one a byte. */
export interface ReplayStore {
  /** Oldest first. */
  replays(kind: ReplayKind): string[];
  /** Adds digests and forgets all but the newest `keep`. */
  saveReplays(kind: ReplayKind, digests: readonly string[], keep: number): void;
}

/** How fronted sites answer, one text for each domain; the store does not look inside. */
export interface ProfileTexts {
  profileTexts(): string[];
  saveProfileText(domain: string, text: string): void;
}

/** Why what should outlive the process may be lost. */
export interface StorageTrouble {
  /** The folder can't be used at all, its database is damaged, or it can't be written any more. */
  readonly kind: 'unusable' | 'damaged' | 'unwritable';
  readonly reason: string;
}

/** What outlives the process. Writes are made at once and are small; callers batch them. */
export interface Store extends UserStore, UsageStore, ReplayStore, ProfileTexts {
  /** Whether what it keeps is still there after a restart. */
  readonly isLasting: boolean;
  /** @throws when what is saved from now on would not outlive the process */
  check(): void;
  close(): void;
}
