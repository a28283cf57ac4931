import { PetrelError } from '../../kit/errors.ts';
import type { ReportOf } from './messages.ts';

/** Long enough for a slow machine that starts many at once. */
const START_LIMIT_MS = 20_000;

/** Waits until all workers serve for the first time; one that can't means that the proxy can't. */
export class FirstStart {
  /** Rejects with an error that has the kernel's `code` when a worker can't listen. */
  readonly done: Promise<void>;
  readonly #waitingFor: Set<number>;
  readonly #timer: Timer;
  #settle: ((failure?: Error) => void) | null;

  constructor(size: number) {
    this.#waitingFor = new Set(Array.from({ length: size }, (_, index) => index + 1));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#settle = (failure) => (failure === undefined ? resolve() : reject(failure));
    this.#timer = setTimeout(() => this.ended(0, 'it did not serve in time'), START_LIMIT_MS);
  }

  serves(number: number): void {
    this.#waitingFor.delete(number);
    if (this.#waitingFor.size === 0) this.#end();
  }

  failed({ code, message }: ReportOf<'failed'>): void {
    this.#end(Object.assign(new Error(message), { code }));
  }

  ended(number: number, how = 'it ended right after its start'): void {
    const numbers = number === 0 ? [...this.#waitingFor].join(', ') : number;
    this.#end(new PetrelError('WORKER_FAILED', `worker ${numbers}: ${how}`));
  }

  #end(failure?: Error): void {
    clearTimeout(this.#timer);
    this.#settle?.(failure);
    this.#settle = null;
  }
}
