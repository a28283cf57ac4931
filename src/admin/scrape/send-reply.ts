import type { Conn, Consumer } from '../../net/conn.ts';

/**
 * Sends the bytes, then FIN, and waits until the peer has left: a close right behind the bytes could reach a peer that is
 * still sending as a reset, and take them with it. Resolves when the connection is over.
 *
 * @param limitMs for all of it; who takes longer is reset
 */
export async function sendReply(conn: Conn, bytes: Uint8Array, limitMs: number): Promise<void> {
  const sending = new Sending(bytes);
  const timer = setTimeout(() => conn.reset(), limitMs);
  conn.attach(sending);
  sending.onWritable(conn);
  await sending.done;
  clearTimeout(timer);
}

class Sending implements Consumer {
  readonly done: Promise<void>;
  #rest: Uint8Array;
  #settle: () => void = () => {};

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** A second request is not answered: the reply has said that the connection ends with it. */
  onBytes(): void {}

  onEnd(conn: Conn): void {
    if (this.#rest.length === 0) conn.close();
  }

  onWritable(conn: Conn): void {
    if (this.#rest.length === 0) return;
    const taken = conn.write(this.#rest);
    if (taken <= 0) return; // -1: the end is being told
    this.#rest = this.#rest.subarray(taken);
    if (this.#rest.length === 0) conn.finish();
  }

  onClosed(): void {
    this.#settle();
  }
}
