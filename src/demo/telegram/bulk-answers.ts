import { ContentChecker } from '../bulk/content-checker.ts';
import {
  BULK_OP,
  type BulkMessage,
  readBulk,
  readTransfer,
  type Transfer,
  writeBulk,
  writeVerdict,
} from '../bulk/message.ts';
import type { Peer } from './dc-peer.ts';

const NOTHING = new Uint8Array(0);

/** The data centre's side of the bulk dialect on one connection. */
export class BulkAnswers {
  readonly #peer: Peer;
  readonly #uploads = new Map<number, ContentChecker>();

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  receive(payload: Uint8Array): void {
    const message = readBulk(payload);
    switch (message.op) {
      case BULK_OP.echo:
        this.#peer.send(writeBulk(BULK_OP.echoed, message.tag, message.body));
        return;
      case BULK_OP.download:
        this.#withTransfer(message, (transfer) => this.#download(message.tag, transfer));
        return;
      case BULK_OP.upload:
        this.#withTransfer(message, (transfer) => this.#expect(message.tag, transfer));
        return;
      case BULK_OP.content:
        this.#take(message);
        return;
      case BULK_OP.stall:
        this.#peer.stall(writeBulk(BULK_OP.stall, message.tag, NOTHING));
        return;
      case BULK_OP.close:
        this.#peer.finish();
        return;
      default: // reset, and whatever is no message of ours
        this.#peer.reset();
        return;
    }
  }

  #withTransfer(message: BulkMessage, then: (transfer: Transfer) => void): void {
    const transfer = readTransfer(message.body);
    if (transfer === null) this.#peer.reset();
    else then(transfer);
  }

  #download(tag: number, transfer: Transfer): void {
    const end = writeBulk(BULK_OP.done, tag, writeVerdict({ total: transfer.total, isIntact: true }));
    this.#peer.stream(tag, transfer, end);
  }

  #expect(tag: number, transfer: Transfer): void {
    const checker = new ContentChecker(transfer);
    this.#uploads.set(tag, checker);
    this.#answerWhenComplete(tag, checker);
  }

  #take({ tag, body }: BulkMessage): void {
    const checker = this.#uploads.get(tag);
    if (checker === undefined) return;
    checker.take(body);
    this.#answerWhenComplete(tag, checker);
  }

  #answerWhenComplete(tag: number, checker: ContentChecker): void {
    if (!checker.isComplete) return;
    this.#uploads.delete(tag);
    this.#peer.send(writeBulk(BULK_OP.done, tag, writeVerdict(checker.verdict)));
  }
}
