import type { Conn } from './conn.ts';
import type { Endpoint } from './endpoint.ts';

/** `address` is what accepted: one of a name's addresses, or what a SOCKS proxy was asked for. */
export type DialResult =
  | { readonly kind: 'connected'; readonly conn: Conn; readonly address: Endpoint }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * A connection being made. `result` never rejects: whatever goes wrong is a failed dial. `cancel` gives it up at once and
 * frees its descriptor; once it has connected, the connection is the receiver's and `cancel` does nothing.
 */
export interface Dialing {
  readonly result: Promise<DialResult>;
  cancel(): void;
}

/** In which order the addresses of one name are tried. */
export interface AddressPreference {
  /** In groups: a later group joins when those before it have failed or are slow. Every address has to be in one. */
  rank(addresses: readonly Endpoint[]): readonly (readonly Endpoint[])[];
  /** This one has accepted a connection. */
  connected(address: Endpoint): void;
}

export function failed(reason: string): DialResult {
  return { kind: 'failed', reason };
}

/** What was thrown, as the reason of a failed dial: the system's code where there is one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
