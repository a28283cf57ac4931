import type { User } from '../../proxy/user.ts';
import type { Registry } from '../registry.ts';
import { Desk } from './desk.ts';
import type { ReportOf } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A desk for each worker, from its start to its end. */
export class Desks {
  readonly #registry: Registry;
  readonly #onChange: (user: User) => void;
  readonly #desks = new Map<WorkerProcess, Desk>();

  /** @param onChange how many sessions a user has in all has changed */
  constructor(registry: Registry, onChange: (user: User) => void) {
    this.#registry = registry;
    this.#onChange = onChange;
  }

  open(worker: WorkerProcess): void {
    const { gate, roster } = this.#registry;
    this.#desks.set(
      worker,
      new Desk({ gate, roster, answer: (order) => worker.post(order), onChange: this.#onChange }),
    );
  }

  serve(worker: WorkerProcess, report: ReportOf<'enter' | 'admit' | 'release'>): void {
    this.#desks.get(worker)?.serve(report);
  }

  /** The worker is gone: what it held is given back. */
  close(worker: WorkerProcess): void {
    this.#desks.get(worker)?.clear();
    this.#desks.delete(worker);
  }
}
