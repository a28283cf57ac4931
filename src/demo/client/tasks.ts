import { equal } from '../../kit/bytes.ts';
import { ContentChecker } from '../bulk/content-checker.ts';
import { BULK_OP, type BulkMessage, readVerdict, type Transfer, type Verdict } from '../bulk/message.ts';

/** Something a client asked for and waits for. */
export interface Task {
  /** @returns true when the task is over */
  receive(message: BulkMessage): boolean;
  fail(error: Error): void;
}

/** Waits for its own bytes to come back. */
export class EchoTask implements Task {
  readonly result: Promise<Uint8Array>;
  readonly #sent: Uint8Array;
  #resolve: (bytes: Uint8Array) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(sent: Uint8Array) {
    this.#sent = sent;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  receive({ body }: BulkMessage): boolean {
    if (equal(body, this.#sent)) this.#resolve(body);
    else this.#reject(new Error('the echo differs from what was sent'));
    return true;
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}

/** Waits for the verdict on a transfer; checks the content itself when it comes this way. */
export class TransferTask implements Task {
  readonly result: Promise<Verdict>;
  readonly #checker: ContentChecker | null;
  #resolve: (verdict: Verdict) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(way: 'download' | 'upload', transfer: Transfer) {
    this.#checker = way === 'download' ? new ContentChecker(transfer) : null;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  receive({ op, body }: BulkMessage): boolean {
    if (op === BULK_OP.content) {
      this.#checker?.take(body);
      return false;
    }
    const verdict = this.#checker?.verdict ?? readVerdict(body);
    if (verdict?.isIntact) this.#resolve(verdict);
    else this.#reject(new Error(`the content is damaged or incomplete: ${verdict?.total ?? 0} bytes`));
    return true;
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}
