import type { Counters } from './counters.ts';

interface Watch {
  readonly condition: (counters: Counters) => boolean;
  readonly met: () => void;
}

/** Those who wait until the counters show something. */
export class Watchers {
  readonly #counters: Counters;
  readonly #watches = new Set<Watch>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  until(condition: (counters: Counters) => boolean, limitMs: number): Promise<void> {
    if (condition(this.#counters)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const watch = { condition, met: () => this.#settle(watch, timer, resolve) };
      const timer = setTimeout(() => {
        this.#watches.delete(watch);
        reject(new Error(`not seen within ${limitMs} ms; counted: ${Bun.inspect(this.#counters)}`));
      }, limitMs);
      this.#watches.add(watch);
    });
  }

  /** Call after every change of the counters; free while nobody waits. */
  look(): void {
    if (this.#watches.size === 0) return;
    for (const watch of [...this.#watches]) if (watch.condition(this.#counters)) watch.met();
  }

  #settle(watch: Watch, timer: Timer, resolve: () => void): void {
    this.#watches.delete(watch);
    clearTimeout(timer);
    resolve();
  }
}
