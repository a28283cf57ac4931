import type { Socket } from 'bun';
import { concat } from '../kit/bytes.ts';

/** The writing side of a socket: what the kernel did not take waits here, and who writes is told to wait too. */
export class Outlet {
  bytes = 0; // handed over so far
  readonly #socket: Socket<unknown>;
  #rest: Uint8Array | null = null;
  #endsAfterRest = false;

  constructor(socket: Socket<unknown>) {
    this.#socket = socket;
  }

  /** False while bytes wait: write no more than must be, until `flush` says so. */
  get isClear(): boolean {
    return this.#rest === null;
  }

  /** @param bytes may be a view of a scratch buffer: what has to wait is copied */
  write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.#rest !== null) {
      this.#rest = concat(this.#rest, bytes);
      return;
    }
    this.#rest = this.#offer(bytes)?.slice() ?? null;
  }

  /** Call on the socket's drain. @returns whether everything is gone */
  flush(): boolean {
    const rest = this.#rest;
    if (rest === null) return true;
    this.#rest = this.#offer(rest);
    if (this.#rest !== null) return false;
    if (this.#endsAfterRest) this.#socket.shutdown();
    return true;
  }

  /** Sends FIN after everything written; the other direction stays open. */
  finish(): void {
    if (this.#rest === null) this.#socket.shutdown();
    else this.#endsAfterRest = true;
  }

  /** @returns what the kernel did not take, a view; null when nothing is left or nobody is there to take it */
  #offer(bytes: Uint8Array): Uint8Array | null {
    const taken = this.#socket.write(bytes);
    return taken >= 0 && taken < bytes.length ? bytes.subarray(taken) : null;
  }
}
