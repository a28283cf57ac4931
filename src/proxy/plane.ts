import type { Fronts } from '../front/fronts.ts';
import type { Log } from '../kit/log.ts';
import type { BufferSizes } from '../net/socket-options.ts';
import type { Dialer } from '../telegram/dialer.ts';
import type { Authenticator } from './authenticator.ts';
import type { Complaints } from './complaints.ts';
import type { Gate } from './gate.ts';
import type { Ledger } from './ledger.ts';
import type { Mask } from './mask.ts';
import type { Policy } from './policy.ts';
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
  readonly ledger: Ledger;
  readonly dialer: Dialer;
  readonly fronts: Fronts;
  readonly mask: Mask;
  readonly complaints: Complaints;
  readonly log: Log;
}

/**
 * Kernel buffers of one session by the (low, margin, high) rule: while few sessions stand each may have the high
 * size for what flows to its client, beyond the margin the low one.
 *
 * @returns for the client's socket; the DC's socket is its mirror image (see `mirrored`)
 */
export function clientBuffers(limits: Policy['limits'], sessions: number): BufferSizes {
  const [low, margin, high] = limits.toClientBuffer;
  return { send: sessions > margin ? low : high, receive: limits.toTelegramBufferBytes };
}

/** What is sent on one socket was received on the other. */
export function mirrored(buffers: BufferSizes): BufferSizes {
  return { send: buffers.receive, receive: buffers.send };
}
