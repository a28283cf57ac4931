import type { Framing } from '../../wire/framing/framing.ts';

/** What a simulated data centre has seen; plain fields, counted where it happens. */
export class Counters {
  /** Connections accepted so far. */
  accepted = 0;
  /** Connections open now. */
  open = 0;
  /** Bytes read and written, framing and init headers included. */
  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  /** Connections whose first 64 bytes were no init header, and frames that were none. */
  malformed = 0;
  /** Keys asked for (`req_pq` and `req_pq_multi` answered), and keys made. */
  pqRequests = 0;
  keysMade = 0;
  /** Messages of the key exchange that were refused, newest last, the first few only. */
  readonly refusals: string[] = [];
  encryptedMessages = 0;
  quickAcks = 0;
  /** Init headers by signed DC id, and by framing. */
  readonly byDc = new Map<number, number>();
  readonly byFraming = new Map<Framing, number>();
  /** API requests by constructor number. */
  readonly byMethod = new Map<number, number>();
}

export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
