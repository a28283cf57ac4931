import type { Random } from '../../kit/bytes.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import type { Secret } from '../../wire/secret.ts';

/**
 * How the client opens its stream inside fake TLS.
 *
 * - `together`: change-cipher-spec and the record with the init header in one write (TDLib)
 * - `apart`: one write each (mtcute)
 * - `split`: the init header in three records, one write each (iOS, DPI tools)
 */
export type Opening = 'together' | 'apart' | 'split';

/** A simulated client: whom it connects to, and with which habits. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** Null: straight to a data centre, without a proxy. */
  readonly secret: Secret | null;
  /** Signed DC id of the init header; default 2. */
  readonly dc?: number;
  /** Default: what apps speak with this kind of secret, abridged with a plain one and padded else. */
  readonly framing?: Framing;
  readonly opening?: Opening; // default together
  readonly hello?: 'mlkem' | 'padded-517'; // default mlkem, today's apps
  /** Sent before anything else: a PROXY header. */
  readonly preface?: Uint8Array;
  readonly random?: Random;
  readonly now?: () => number; // Unix milliseconds
}

/** Why a client's connection ended. */
export type EndReason =
  | 'closed-by-us'
  | 'closed' // the other side sent FIN
  | 'reset'
  | 'refused' // nobody listens, or the other side could not be reached
  | 'bad-flight' // the answer to the hello was not a proxy's that knows the secret
  | 'bad-stream'; // records or frames that no client accepts

/** What the promises of a client reject with when its connection ends. */
export class ClientFailure extends Error {
  readonly reason: EndReason;

  constructor(reason: EndReason, detail = '') {
    super(detail === '' ? `the connection ended: ${reason}` : `the connection ended: ${reason} (${detail})`);
    this.reason = reason;
  }
}
