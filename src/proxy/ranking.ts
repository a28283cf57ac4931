/** Things by a weight that changes by one at a time; the heaviest is found at once, however many there are. */
export class Ranking<T> {
  readonly #weights = new Map<T, number>();
  /** Those of each weight, in the order in which they came to it. */
  readonly #ranks = new Map<number, Set<T>>();
  #most = 0;

  raise(thing: T): void {
    const weight = this.#weights.get(thing) ?? 0;
    this.#move(thing, weight, weight + 1);
    this.#most = Math.max(this.#most, weight + 1);
  }

  /** One that weighs nothing any more is forgotten. */
  lower(thing: T): void {
    const weight = this.#weights.get(thing) ?? 0;
    if (weight === 0) return;
    this.#move(thing, weight, weight - 1);
    if (!this.#ranks.has(this.#most)) this.#most = weight - 1; // it was the only one there, and is the next heaviest now
  }

  /** Of equals the one that came to its weight first; undefined when there is none. */
  get heaviest(): T | undefined {
    const [first] = this.#ranks.get(this.#most) ?? [];
    return first;
  }

  #move(thing: T, from: number, to: number): void {
    const rank = this.#ranks.get(from);
    rank?.delete(thing);
    if (rank?.size === 0) this.#ranks.delete(from);
    if (to === 0) {
      this.#weights.delete(thing);
      return;
    }
    this.#weights.set(thing, to);
    const next = this.#ranks.get(to);
    if (next === undefined) this.#ranks.set(to, new Set([thing]));
    else next.add(thing);
  }
}
