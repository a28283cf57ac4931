import type { Log } from '../kit/log.ts';
import type { ReplayKind, ReplayStore, StoredUsage, UsageStore } from './store.ts';

/** At most this much is lost at a crash (the promise for quotas is 5 s). */
const FLUSH_MS = 2_000;

export interface JournalParts {
  readonly store: UsageStore & ReplayStore;
  readonly log: Log;
  /** What every user has moved by now. */
  readonly usage: () => StoredUsage[];
  /** How many replay digests of each kind are kept. */
  readonly replayEntries: () => number;
}

/** Writes usage and replay digests to the store in batches. A store that fails is told once, and tried again. */
export class Journal {
  readonly #parts: JournalParts;
  readonly #digests: Record<ReplayKind, string[]> = { hello: [], header: [] };
  readonly #saved = new Map<string, number>();
  readonly #timer: Timer;
  #isFailing = false;

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

  /** Writes what has changed since the last time. */
  flush(): void {
    try {
      this.#flushUsage();
      this.#flushDigests('hello');
      this.#flushDigests('header');
      if (this.#isFailing) this.#parts.log.info('the data folder can be written again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) {
        this.#parts.log.warn(
          'the data folder cannot be written: quotas and replay digests are kept in memory for now',
          {
            reason: error instanceof Error ? error.message : String(error),
          },
        );
      }
      this.#isFailing = true;
    }
  }

  /** The last write. */
  close(): void {
    clearInterval(this.#timer);
    this.flush();
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

function total({ uplinkBytes, downlinkBytes }: StoredUsage): number {
  return uplinkBytes + downlinkBytes;
}
