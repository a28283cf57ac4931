/** Keeps what is added beyond the process's life. */
export interface ReplayJournal {
  /** @param digest 16 bytes, one character each */
  append(digest: string): void;
}

/**
 * Digests of handshakes that were accepted, the newest `capacity` of them. Bounded by count, not by time: a
 * recorded hello can be given any timestamp (protocol notes, "Replay protection").
 */
export class ReplayCache {
  readonly #digests: Set<string>;
  readonly #journal: ReplayJournal | null;
  #capacity: number;

  /** @param known digests from earlier runs, oldest first */
  constructor(capacity: number, known: Iterable<string> = [], journal: ReplayJournal | null = null) {
    this.#capacity = capacity;
    this.#digests = new Set(known);
    this.#journal = journal;
    this.#trim();
  }

  get size(): number {
    return this.#digests.size;
  }

  /**
   * Adds the digest of a handshake whose secret was right.
   * @param digest 16 bytes that whoever replays it can't change, one character each
   * @returns false when it is known: a replay
   */
  admit(digest: string): boolean {
    if (this.#digests.has(digest)) return false;
    this.#digests.add(digest);
    this.#trim();
    this.#journal?.append(digest);
    return true;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#trim();
  }

  #trim(): void {
    if (this.#digests.size <= this.#capacity) return;
    for (const oldest of this.#digests) {
      this.#digests.delete(oldest);
      if (this.#digests.size <= this.#capacity) return;
    }
  }
}
