/**
 * Counts of measurements by upper bound, as Prometheus histograms have them (here each bucket for itself, not summed up).
 * Plain fields, so that a copy of it is its JSON.
 */
export class Histogram {
  /** Inclusive upper bounds, ascending; what is above the last falls into one more bucket. */
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let index = 0;
    for (const bound of this.bounds) {
      if (value <= bound) break;
      index += 1;
    }
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }
}
