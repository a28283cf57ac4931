import { type Order, type Report, readReports } from './messages.ts';
import { Outbox } from './outbox.ts';
import { workerEnvironment } from './worker-environment.ts';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface WorkerProcessParts {
  readonly command: readonly string[];
  readonly onReport: (worker: WorkerProcess, report: Report) => void;
  readonly onEnd: (worker: WorkerProcess, ending: Ending) => void;
}

/** One worker as the supervisor sees it: a process, and the channel to it. */
export class WorkerProcess {
  /** From 1; the one that replaces it has the same. */
  readonly number: number;
  readonly startedAtMs = performance.now();
  readonly ended: Promise<void>;
  readonly #child: Bun.Subprocess<'ignore', 'ignore', 'inherit'>;
  readonly #outbox: Outbox<Order>;
  #isGone = false;

  constructor(number: number, { command, onReport, onEnd }: WorkerProcessParts) {
    this.number = number;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.ended = ended;
    this.#child = Bun.spawn([...command], {
      env: workerEnvironment(process.env),
      stdio: ['ignore', 'ignore', 'inherit'],
      serialization: 'advanced', // a structured clone: maps and bytes arrive as they are
      ipc: (raw) => this.#read(raw, onReport),
      onExit: (_child, code, signal) => {
        this.#isGone = true;
        onEnd(this, { code, signal: signal === null ? null : String(signal) });
        resolve();
      },
    });
    this.#outbox = new Outbox((orders) => this.#send(orders));
  }

  get pid(): number {
    return this.#child.pid;
  }

  post(order: Order): void {
    this.#outbox.post(order);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Closes the channel, which is the worker's sign to end. */
  dismiss(): void {
    if (!this.#isGone) this.#child.disconnect();
  }

  #send(orders: readonly Order[]): void {
    if (this.#isGone) return;
    try {
      this.#child.send(orders);
    } catch {
      // It has just ended: `onEnd` tells.
    }
  }

  #read(raw: unknown, onReport: WorkerProcessParts['onReport']): void {
    if (this.#isGone) return; // what it held has been given back: it counts no more
    const reports = readReports(raw);
    // Of another version, since the program was replaced under us: what it says can't be relied on.
    if (reports === null) this.kill();
    else for (const report of reports) onReport(this, report);
  }
}
