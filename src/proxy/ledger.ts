import { DcLedger } from './dc-ledger.ts';
import { OUTCOMES, type Outcome, STRANGER_REASONS, type StrangerReason } from './outcome.ts';

/** How a client speaks to us. */
export const MODES = ['classic', 'secure', 'tls'] as const;
export type Mode = (typeof MODES)[number];

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
  /** Relayed sessions that stand now, by mode. */
  relayingByMode = zeros<Mode>(MODES);
  /** Authenticated and admitted. */
  handshakes = zeros<Mode>(MODES);
  outcomes = zeros<Outcome>(OUTCOMES);
  strangers = zeros<StrangerReason>(STRANGER_REASONS);
  /** Bytes moved between strangers and fronted sites. */
  strangerUplinkBytes = 0;
  strangerDownlinkBytes = 0;
  /** Bytes of the obfuscated stream. */
  uplinkBytes = 0;
  downlinkBytes = 0;
  /** Chunks moved (see `User`). */
  uplinkMessages = 0;
  downlinkMessages = 0;
  /** By signed id; only data centres that we know, so that clients can't make it grow. */
  dataCenters: Record<string, DcLedger> = {};
  unknownDcs = 0;
  acceptPauses = 0;

  dataCenter(dc: number): DcLedger {
    this.dataCenters[dc] ??= new DcLedger();
    return this.dataCenters[dc];
  }
}
