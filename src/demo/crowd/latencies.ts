const KEPT = 20_000;

/** Round-trip times, of late and of the whole run; what is beyond the room for them is thinned out evenly. */
export class Latencies {
  count = 0;
  readonly #all: number[] = [];
  #recent: number[] = [];

  add(ms: number): void {
    this.count++;
    if (this.#recent.length < KEPT) this.#recent.push(ms);
    if (this.#all.length < KEPT) this.#all.push(ms);
    else this.#replace(ms);
  }

  /** Milliseconds under which `share` (0 to 1) of all round trips were; 0 before the first. */
  overall(share: number): number {
    return percentile(this.#all, share);
  }

  /** The same since the last call of `restart`. */
  recent(share: number): number {
    return percentile(this.#recent, share);
  }

  restart(): void {
    this.#recent = [];
  }

  /** Keeps every round trip with the same chance, however many come. */
  #replace(ms: number): void {
    const at = Math.floor(Math.random() * this.count);
    if (at < KEPT) this.#all[at] = ms;
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
