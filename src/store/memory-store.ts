import type { Store } from './store.ts';

/** Keeps nothing beyond the process: when the data folder can't be used. */
export class MemoryStore implements Store {
  readonly isLasting = false;

  addUser(): void {}

  async write(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}
}
