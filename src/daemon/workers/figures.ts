import { mergeSnapshots, retired } from '../../admin/merge-snapshots.ts';
import type { Snapshot } from '../../admin/snapshot.ts';
import type { Order, ReportOf } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker that does not answer in this time shows its last figures. */
const LOOK_LIMIT_MS = 1_000;

interface Look {
  readonly missing: Set<WorkerProcess>;
  readonly done: () => void;
}

/** The figures of all workers: the latest of each, and what those that are no more have counted. */
export class Figures {
  readonly #latest = new Map<WorkerProcess, Snapshot>();
  readonly #looks = new Map<number, Look>();
  #past: Snapshot | null = null;
  #lastLook = 0;

  /** Those of workers that serve. */
  get current(): Snapshot[] {
    return [...this.#latest.values()];
  }

  get past(): Snapshot[] {
    return this.#past === null ? [] : [this.#past];
  }

  /** Workers of which more connections have proved nothing first. */
  byWaiting(workers: readonly WorkerProcess[]): WorkerProcess[] {
    const waiting = (worker: WorkerProcess) => this.#latest.get(worker)?.lobby.waiting ?? 0;
    return workers.toSorted((one, other) => waiting(other) - waiting(one));
  }

  take(worker: WorkerProcess, { id, snapshot }: ReportOf<'figures'>): void {
    this.#latest.set(worker, snapshot);
    this.#seen(worker, this.#looks.get(id));
  }

  /** The worker has ended: its counters stay, its sessions count as lost. */
  retire(worker: WorkerProcess): void {
    const last = this.#latest.get(worker);
    this.#latest.delete(worker);
    for (const look of this.#looks.values()) this.#seen(worker, look);
    if (last === undefined) return;
    const left = retired(last);
    this.#past =
      this.#past === null
        ? left
        : mergeSnapshots({ primary: this.#past, workers: [], past: [left], workersReplaced: 0 });
  }

  /** Asks all workers for their figures of this moment, and waits for them. */
  async renew(ask: (order: Order) => void): Promise<void> {
    const missing = new Set(this.#latest.keys());
    if (missing.size === 0) return;
    this.#lastLook += 1;
    const id = this.#lastLook;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    this.#looks.set(id, { missing, done });
    const timer = setTimeout(done, LOOK_LIMIT_MS);
    ask({ kind: 'look', id });
    await promise;
    clearTimeout(timer);
    this.#looks.delete(id);
  }

  #seen(worker: WorkerProcess, look: Look | undefined): void {
    if (look === undefined) return;
    look.missing.delete(worker);
    if (look.missing.size === 0) look.done();
  }
}
