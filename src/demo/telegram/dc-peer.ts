import type { Transfer } from '../bulk/message.ts';

/** What answers on one connection of a data centre may do with it. */
export interface Peer {
  /** Sends one message as a frame, at once; what the socket does not take waits. */
  send(payload: Uint8Array): void;
  sendQuickAck(token: number): void;
  /** Sends the content of a transfer as fast as the other side reads, and then one more message. */
  stream(tag: number, transfer: Transfer, end: Uint8Array): void;
  /** Stops reading for good; a sign of life goes out from time to time, so that a lost peer is noticed. */
  stall(signOfLife: Uint8Array): void;
  finish(): void;
  reset(): void;
}
