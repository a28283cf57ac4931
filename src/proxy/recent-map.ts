/** A map that keeps the `capacity` entries used last. */
export class RecentMap<V> {
  readonly #entries = new Map<string, V>();
  #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** All of them, those used longest ago first. */
  values(): Iterable<V> {
    return this.#entries.values();
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#trim();
  }

  /** Changes how many entries are kept; drops the oldest at once. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#trim();
  }

  #trim(): void {
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      if (this.#entries.size <= this.#capacity) return;
    }
  }
}
