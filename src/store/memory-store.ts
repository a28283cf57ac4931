import type { ReplayKind, Store, StoredUsage, StoredUser } from './store.ts';

/** Keeps nothing beyond the process: for tests, and when the data folder can't be used. */
export class MemoryStore implements Store {
  readonly isLasting = false;
  readonly #users = new Map<string, StoredUser>();
  readonly #usage = new Map<string, StoredUsage>();
  readonly #profiles = new Map<string, string>();
  readonly #replays: Record<ReplayKind, string[]> = { hello: [], header: [] };

  users(): StoredUser[] {
    return [...this.#users.values()];
  }

  addUser(user: StoredUser): void {
    this.#users.set(user.name, user);
  }

  usage(): StoredUsage[] {
    return [...this.#usage.values()];
  }

  saveUsage(usage: readonly StoredUsage[]): void {
    for (const entry of usage) this.#usage.set(entry.name, entry);
  }

  replays(kind: ReplayKind): string[] {
    return [...this.#replays[kind]];
  }

  saveReplays(kind: ReplayKind, digests: readonly string[], keep: number): void {
    const fresh = new Set(digests);
    const kept = [...this.#replays[kind].filter((digest) => !fresh.has(digest)), ...fresh];
    this.#replays[kind] = keep === 0 ? [] : kept.slice(-keep);
  }

  profileTexts(): string[] {
    return [...this.#profiles.values()];
  }

  saveProfileText(domain: string, text: string): void {
    this.#profiles.set(domain, text);
  }

  check(): void {}

  close(): void {}
}
