import type { Log } from '../../kit/log.ts';
import { BackOff } from './back-off.ts';
import type { Order, Report } from './messages.ts';
import { type Ending, WorkerProcess } from './worker-process.ts';

export interface CrewParts {
  readonly size: number;
  readonly command: readonly string[];
  readonly log: Log;
  readonly onReport: (worker: WorkerProcess, report: Report) => void;
  /** The worker is gone; one in its place comes later. */
  readonly onGone: (worker: WorkerProcess) => void;
}

interface Seat {
  readonly backOff: BackOff;
  worker: WorkerProcess | null;
  timer: Timer | null;
}

/** Keeps so many workers running: one that ends is replaced. */
export class Crew {
  readonly #parts: CrewParts;
  readonly #seats = new Map<number, Seat>();
  #isStopping = false;
  #replaced = 0;

  constructor(parts: CrewParts) {
    this.#parts = parts;
    for (let number = 1; number <= parts.size; number += 1) {
      this.#seats.set(number, { backOff: new BackOff(), worker: null, timer: null });
      this.#fill(number);
    }
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Workers that ended by themselves; another one takes the place of each. */
  get replaced(): number {
    return this.#replaced;
  }

  get workers(): WorkerProcess[] {
    return [...this.#seats.values()].flatMap(({ worker }) => (worker === null ? [] : [worker]));
  }

  /** @param except the one that knows already */
  broadcast(order: Order, except?: WorkerProcess): void {
    for (const worker of this.workers) if (worker !== except) worker.post(order);
  }

  /** Replaces nobody any more, and waits until all have ended: those that haven't after `limitMs` are killed. */
  async stop(limitMs: number): Promise<void> {
    this.#isStopping = true;
    for (const { timer } of this.#seats.values()) if (timer !== null) clearTimeout(timer);
    const { workers } = this;
    const timer = setTimeout(() => {
      for (const worker of workers) worker.kill();
    }, limitMs);
    await Promise.all(workers.map(({ ended }) => ended));
    clearTimeout(timer);
  }

  #fill(number: number): void {
    const seat = this.#seats.get(number);
    if (seat === undefined) return;
    const { command, onReport, log } = this.#parts;
    seat.timer = null;
    try {
      const onEnd = (worker: WorkerProcess, ending: Ending) => this.#ended(worker, ending);
      seat.worker = new WorkerProcess(number, { command, onReport, onEnd });
    } catch (error) {
      log.error('a worker cannot be started, trying again', { worker: number, reason: String(error) });
      this.#fillLater(number, seat.backOff.next(0));
    }
  }

  #ended(worker: WorkerProcess, { code, signal }: Ending): void {
    const { log, onGone } = this.#parts;
    const seat = this.#seats.get(worker.number);
    if (seat === undefined) return;
    seat.worker = null;
    onGone(worker);
    if (this.#isStopping) return;
    const pauseMs = seat.backOff.next(performance.now() - worker.startedAtMs);
    log.error('a worker ended by itself: its sessions are lost, another one takes its place', {
      worker: worker.number,
      pid: worker.pid,
      code,
      signal,
      inSeconds: pauseMs / 1_000,
    });
    this.#replaced += 1;
    this.#fillLater(worker.number, pauseMs);
  }

  #fillLater(number: number, pauseMs: number): void {
    const seat = this.#seats.get(number);
    if (seat !== undefined) seat.timer = setTimeout(() => this.#fill(number), pauseMs);
  }
}
