import { isContent } from './content.ts';
import type { Transfer, Verdict } from './message.ts';

/** Compares the pieces of a transfer with the test stream as they come. */
export class ContentChecker {
  readonly #transfer: Transfer;
  #received = 0;
  #isIntact = true;

  constructor(transfer: Transfer) {
    this.#transfer = transfer;
  }

  take(piece: Uint8Array): void {
    this.#isIntact = this.#isIntact && isContent(piece, this.#transfer.seed, this.#received);
    this.#received += piece.length;
  }

  get isComplete(): boolean {
    return this.#received >= this.#transfer.total;
  }

  get verdict(): Verdict {
    return { total: this.#received, isIntact: this.#isIntact && this.#received === this.#transfer.total };
  }
}
