import { OUTCOMES, type Outcome, STRANGER_REASONS, type StrangerReason } from './outcome.ts';

/** How a client speaks to us. */
export type Mode = 'classic' | 'secure' | 'tls';

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

/** Counters of the data plane: plain fields, added to where things happen, read when somebody asks. */
export class Ledger {
  accepted = 0;
  /** Sessions that stand now. */
  open = 0;
  /** Sessions that are being relayed now. */
  relaying = 0;
  /** Strangers that are being spliced now. */
  splicing = 0;
  /** Authenticated and admitted. */
  handshakes = zeros<Mode>(['classic', 'secure', 'tls']);
  outcomes = zeros<Outcome>(OUTCOMES);
  strangers = zeros<StrangerReason>(STRANGER_REASONS);
  /** Bytes of the obfuscated stream. */
  uplinkBytes = 0;
  downlinkBytes = 0;
  dcConnects = 0;
  dcConnectsReady = 0;
  dcFailures = 0;
  unknownDcs = 0;
  acceptPauses = 0;
}
