/** Values by name, and which of them have yet to be saved. */
export class Unsaved<V> {
  readonly #values: Map<string, V>;
  readonly #names = new Set<string>();

  /** @param saved what is saved already */
  constructor(saved: Iterable<readonly [string, V]>) {
    this.#values = new Map(saved);
  }

  get(name: string): V | undefined {
    return this.#values.get(name);
  }

  values(): Iterable<V> {
    return this.#values.values();
  }

  set(name: string, value: V): void {
    this.#values.set(name, value);
    this.#names.add(name);
  }

  /** What has yet to be saved; from now on it counts as saved. */
  take(): Map<string, V> {
    const taken = new Map<string, V>();
    for (const name of this.#names) {
      const value = this.#values.get(name);
      if (value !== undefined) taken.set(name, value);
    }
    this.#names.clear();
    return taken;
  }

  /** What was taken could not be saved. */
  putBack(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name);
  }
}
