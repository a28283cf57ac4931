import type { ReplayKind, ReplayStore, Store, StoredUsage, UsageStore } from './store.ts';

/** At most this much is lost at a crash (the promise for quotas is 5 s). */
const FLUSH_MS = 2_000;

export interface JournalParts {
  readonly store: UsageStore & ReplayStore & Pick<Store, 'check'>;
  /** What every user has moved by now. */
  readonly usage: () => StoredUsage[];
  /** How many replay digests of each kind are kept. */
  readonly replayEntries: () => number;
  /** The store begins to fail, or works again. */
  readonly onChange?: () => void;
}

/** Writes usage and replay digests to the store in batches. A store that fails is tried again. */
export class Journal {
  readonly #parts: JournalParts;
  readonly #digests: Record<ReplayKind, string[]> = { hello: [], header: [] };
  readonly #saved = new Map<string, number>();
  readonly #timer: Timer;
  #failure: string | null = null;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    for (const entry of parts.store.usage()) this.#saved.set(entry.name, total(entry));
    this.#timer = setInterval(() => this.flush(), FLUSH_MS);
  }

  appendDigest(kind: ReplayKind, digest: string): void {
    const waiting = this.#digests[kind];
    waiting.push(digest);
    // While the store fails no more is held than it would keep.
    if (waiting.length > 2 * this.#parts.replayEntries())
      waiting.splice(0, waiting.length - this.#parts.replayEntries());
  }

  /** Why the store can't be written; null while it can. What waits is kept in memory meanwhile. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Writes what has changed since the last time. */
  flush(): void {
    const before = this.#failure;
    this.#failure = this.#write();
    if ((before === null) !== (this.#failure === null)) this.#parts.onChange?.();
  }

  /** The last write. */
  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  /** @returns why it failed; null when everything is written, and what comes next can be */
  #write(): string | null {
    const failure = failureOf(() => {
      this.#flushUsage();
      this.#flushDigests('hello');
      this.#flushDigests('header');
    });
    return failureOf(() => this.#parts.store.check()) ?? failure; // its words say more than those of a failed write
  }

  #flushUsage(): void {
    const changed = this.#parts.usage().filter((entry) => this.#saved.get(entry.name) !== total(entry));
    if (changed.length === 0) return;
    this.#parts.store.saveUsage(changed);
    for (const entry of changed) this.#saved.set(entry.name, total(entry));
  }

  #flushDigests(kind: ReplayKind): void {
    if (this.#digests[kind].length === 0) return;
    this.#parts.store.saveReplays(kind, this.#digests[kind], this.#parts.replayEntries());
    this.#digests[kind] = [];
  }
}

function failureOf(attempt: () => void): string | null {
  try {
    attempt();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function total({ uplinkBytes, downlinkBytes }: StoredUsage): number {
  return uplinkBytes + downlinkBytes;
}
