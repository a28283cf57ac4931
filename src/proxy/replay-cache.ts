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
  #digests = new Set<string>();
  /** The same in the order in which they came, round and round: a set would look for its oldest past all those it forgot. */
  #ring: string[] = [];
  #oldest = 0;
  #capacity = 0;
  readonly #journal: ReplayJournal | null;

  /**
   * @param capacity at least 1
   * @param known digests from earlier runs, oldest first
   */
  constructor(capacity: number, known: Iterable<string> = [], journal: ReplayJournal | null = null) {
    this.#journal = journal;
    this.#keep(capacity, [...new Set(known)]);
  }

  get size(): number {
    return this.#digests.size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  has(digest: string): boolean {
    return this.#digests.has(digest);
  }

  /**
   * Adds the digest of a handshake whose secret was right.
   * @param digest 16 bytes that whoever replays it can't change, one character each
   * @returns false when it is known: a replay
   */
  admit(digest: string): boolean {
    if (this.#digests.has(digest)) return false;
    this.#digests.add(digest);
    if (this.#ring.length < this.#capacity) this.#ring.push(digest);
    else this.#replaceOldest(digest);
    this.#journal?.append(digest);
    return true;
  }

  resize(capacity: number): void {
    this.#keep(capacity, [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)]);
  }

  #keep(capacity: number, digests: readonly string[]): void {
    this.#capacity = capacity;
    this.#ring = digests.slice(-capacity);
    this.#oldest = 0;
    this.#digests = new Set(this.#ring);
  }

  #replaceOldest(digest: string): void {
    this.#digests.delete(this.#ring[this.#oldest] as string);
    this.#ring[this.#oldest] = digest;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
  }
}
