import type { Batch, Digests, Kept, ReplayKind, Store, StoredUsage } from './store.ts';
import { Unsaved } from './unsaved.ts';

/** At most this much, and what the store needs to write, is lost at a crash (the promise for quotas is 5 s). */
const FLUSH_MS = 2_000;
/** A store that has not answered for so long is told as failing: more may be lost than was promised. */
const ANSWER_LIMIT_MS = 6_000;
/** What a stop waits for the last batch, and then for the file to be closed; service managers give ten seconds in all. */
const LAST_WRITE_LIMIT_MS = 3_500;

export interface JournalParts {
  readonly store: Store;
  /** What earlier runs have left. */
  readonly kept: Pick<Kept, 'usage' | 'profiles'>;
  /** What every user has moved by now. */
  readonly usage: () => StoredUsage[];
  /** How many replay digests of each kind are kept. */
  readonly replayEntries: () => number;
  /** The store begins to fail, or works again. */
  readonly onChange?: () => void;
}

/**
 * Knows what outlives the process, and writes what has changed to the store in batches, one at a time. It waits for none: while one
 * is under way, or the store fails, what comes is collected.
 */
export class Journal {
  readonly #parts: JournalParts;
  readonly #usage: Unsaved<StoredUsage>;
  readonly #profiles: Unsaved<string>;
  #digests: Record<ReplayKind, string[]> = { hello: [], header: [] };
  #timer: Timer | null;
  #underWay: Promise<void> | null = null;
  #startedAtMs = 0;
  #failure: string | null = null;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#usage = new Unsaved(parts.kept.usage.map((entry) => [entry.name, entry]));
    this.#profiles = new Unsaved(parts.kept.profiles.map(({ domain, text }) => [domain, text]));
    this.#timer = setInterval(() => this.flush(), FLUSH_MS);
  }

  /** Why the store can't be written; null while it can. What waits is kept in memory meanwhile. */
  get failure(): string | null {
    return this.#failure;
  }

  /** What a user has moved, also one that is no user at present. */
  usageOf(name: string): StoredUsage | null {
    return this.#usage.get(name) ?? null;
  }

  profileTexts(): string[] {
    return [...this.#profiles.values()];
  }

  saveProfileText(domain: string, text: string): void {
    this.#profiles.set(domain, text);
  }

  appendDigest(kind: ReplayKind, digest: string): void {
    this.#digests[kind].push(digest);
    this.#boundDigests(kind);
  }

  /** Notes what users have moved by now. */
  note(): void {
    for (const entry of this.#parts.usage()) {
      const known = this.#usage.get(entry.name);
      if (known === undefined || total(known) !== total(entry)) this.#usage.set(entry.name, entry);
    }
  }

  /** Begins to write what has changed since the last time, unless a batch is under way. */
  flush(): void {
    this.note();
    if (this.#underWay === null) this.#begin();
    else if (performance.now() - this.#startedAtMs > ANSWER_LIMIT_MS)
      this.#tell(
        `no batch was taken for ${ANSWER_LIMIT_MS / 1_000} seconds: the disk is very slow, or does not answer`,
      );
  }

  /** Writes all there is now, for which a slow disk has a few seconds. @returns whether it was taken in time */
  async save(): Promise<boolean> {
    const isTaken = await inTime(this.#saveAll());
    if (!isTaken) this.#tell(`the last batch was not taken within ${LAST_WRITE_LIMIT_MS / 1_000} seconds`);
    return isTaken;
  }

  /** The last write. */
  async close(): Promise<void> {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    // What was taken stands in the file: tidying it up may be cut short.
    if (await this.save()) await inTime(this.#parts.store.close());
  }

  async #saveAll(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
    this.note();
    await this.#begin();
  }

  #begin(): Promise<void> {
    this.#startedAtMs = performance.now();
    this.#underWay = this.#write().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #write(): Promise<void> {
    const [usage, profiles, replays] = [this.#usage.take(), this.#profiles.take(), this.#digests];
    this.#digests = { hello: [], header: [] };
    const batch: Batch = {
      usage: [...usage.values()],
      replays,
      keep: this.#parts.replayEntries(),
      profiles: [...profiles].map(([domain, text]) => ({ domain, text })),
    };
    try {
      this.#tell(await this.#parts.store.write(batch));
    } catch (error) {
      this.#usage.putBack(usage.keys());
      this.#profiles.putBack(profiles.keys());
      this.#putBack(replays);
      this.#tell(reasonOf(error));
    }
  }

  #putBack(replays: Digests): void {
    for (const kind of ['hello', 'header'] as const) {
      this.#digests[kind] = [...replays[kind], ...this.#digests[kind]];
      this.#boundDigests(kind);
    }
  }

  /** While the store fails no more is held than it would keep. */
  #boundDigests(kind: ReplayKind): void {
    const keep = this.#parts.replayEntries();
    const waiting = this.#digests[kind];
    if (waiting.length > 2 * keep) waiting.splice(0, waiting.length - keep);
  }

  #tell(failure: string | null): void {
    const before = this.#failure;
    this.#failure = failure;
    if ((before === null) !== (failure === null)) this.#parts.onChange?.();
  }
}

/** @returns whether it came to its end, either way, within what a stop may wait */
async function inTime(work: Promise<unknown>): Promise<boolean> {
  const limit = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => limit.resolve(false), LAST_WRITE_LIMIT_MS);
  const done = () => true;
  const isDone = await Promise.race([work.then(done, done), limit.promise]);
  clearTimeout(timer);
  return isDone;
}

function total({ uplinkBytes, downlinkBytes }: StoredUsage): number {
  return uplinkBytes + downlinkBytes;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
