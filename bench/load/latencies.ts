/** Round-trip times, for their percentiles. */
export class Latencies {
  readonly #ms: number[] = [];

  get count(): number {
    return this.#ms.length;
  }

  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** @returns microseconds */
  percentiles(): { p50us: number; p99us: number } {
    const sorted = this.#ms.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1_000);
    return { p50us: at(0.5), p99us: at(0.99) };
  }
}
