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

/** How a fronted site answers; the store does not look inside. */
export interface StoredProfile {
  readonly domain: string;
  readonly text: string;
}

/** The two kinds of handshakes whose replays are refused. */
export type ReplayKind = 'hello' | 'header';

/** Digests of accepted handshakes: 16 characters, one a byte; oldest first. */
export type Digests = Readonly<Record<ReplayKind, readonly string[]>>;

/** What earlier runs have left, read once at the start. */
export interface Kept {
  readonly users: readonly StoredUser[];
  readonly usage: readonly StoredUsage[];
  readonly replays: Digests;
  readonly profiles: readonly StoredProfile[];
}

export const NOTHING_KEPT: Kept = { users: [], usage: [], replays: { hello: [], header: [] }, profiles: [] };

/** What is written at once: all of it or nothing. */
export interface Batch {
  readonly usage: readonly StoredUsage[];
  readonly replays: Digests;
  /** How many digests of each kind stay: the newest. */
  readonly keep: number;
  readonly profiles: readonly StoredProfile[];
}

/** Why what should outlive the process may be lost. */
export interface StorageTrouble {
  /** The folder can't be used at all, its database is damaged, or it can't be written any more. */
  readonly kind: 'unusable' | 'damaged' | 'unwritable';
  readonly reason: string;
}

/** What outlives the process. */
export interface Store {
  /** Whether what it keeps is still there after a restart. */
  readonly isLasting: boolean;
  /** Writes at once: for the start, when nobody is served yet. @throws when it can't */
  addUser(user: StoredUser): void;
  /**
   * Writes beside the caller, who is never held up; one batch at a time, also an empty one to hear how the store is.
   * @returns why what is written would not outlive the process; null: it will. Rejects when nothing was written
   */
  write(batch: Batch): Promise<string | null>;
  /** Lets go of the files, behind the last batch. */
  close(): Promise<void>;
}
