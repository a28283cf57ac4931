import type { Fronts } from '../front/fronts.ts';
import type { Log } from '../kit/log.ts';
import type { Dialer } from '../telegram/dialer.ts';
import type { Authenticator } from './authenticator.ts';
import type { Complaints } from './complaints.ts';
import type { Gate } from './gate.ts';
import type { Governor } from './governor.ts';
import type { Ledger } from './ledger.ts';
import type { LocalRoom } from './local-room.ts';
import type { Mask } from './mask.ts';
import type { OtherDomains } from './other-domains.ts';
import type { Policy } from './policy.ts';
import type { Refusals } from './refusals.ts';
import type { Roster } from './roster.ts';
import type { SessionTable } from './session-table.ts';

/** The parts of the data plane that a session works with. */
export interface Plane {
  /** Replaced at a reload. */
  policy: Policy;
  readonly roster: Roster;
  readonly authenticator: Authenticator;
  readonly gate: Gate;
  readonly sessions: SessionTable;
  readonly room: LocalRoom;
  readonly ledger: Ledger;
  readonly governor: Governor;
  readonly dialer: Dialer;
  readonly fronts: Fronts;
  readonly mask: Mask;
  readonly complaints: Complaints;
  readonly refusals: Refusals;
  readonly otherDomains: OtherDomains;
  readonly log: Log;
}
