import type { InitHeader } from '../wire/obfuscated2.ts';
import { readProxyHeader } from '../wire/proxy-header.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import type { Handshake } from './gate.ts';
import { possibleHeader } from './identify.ts';
import type { Mode } from './ledger.ts';
import type { Meeting } from './meet-client.ts';
import type { StrangerReason } from './outcome.ts';
import type { Plane } from './plane.ts';
import type { Session } from './session-table.ts';
import type { User } from './user.ts';

/** Somebody has proved to know a user's secret. */
export type UserClaim =
  | { kind: 'user'; user: User; handshake: Handshake; mode: 'tls'; hello: ClientHello }
  | { kind: 'user'; user: User; handshake: Handshake; mode: Exclude<Mode, 'tls'>; init: InitHeader };

export type Claim = UserClaim | { kind: 'stranger'; reason: StrangerReason };

/** Says who a client is by its first message, and tells the operator of genuine clients that a setting turns away. */
export async function authenticate(
  meeting: Exclude<Meeting, { kind: 'gone' }>,
  session: Session,
  plane: Plane,
): Promise<Claim> {
  const claim = await claimOf(meeting, session, plane);
  if (claim.kind === 'stranger') lookForProxyHeader(session, plane);
  return claim;
}

function claimOf(meeting: Exclude<Meeting, { kind: 'gone' }>, session: Session, plane: Plane): Claim | Promise<Claim> {
  switch (meeting.kind) {
    case 'hello':
      return authenticateHello(meeting.hello, session, plane);
    case 'header':
      return authenticateHeader(meeting.header, session, plane);
    case 'truncated':
      return { kind: 'stranger', reason: 'truncated' };
    case 'stranger':
      return lookAtStranger(session, plane);
  }
}

async function authenticateHello(hello: ClientHello, { peer }: Session, plane: Plane): Promise<Claim> {
  const claim = await plane.authenticator.checkHello(hello, peer.ip, plane.policy.tls, Date.now());
  if (claim.kind === 'user') return { ...claim, mode: 'tls', hello };
  if (claim.skewMs !== undefined) plane.complaints.clockSkew(claim.skewMs);
  if (claim.reason === 'unknown-sni') plane.otherDomains.look(hello);
  return claim;
}

async function authenticateHeader(header: Uint8Array, { peer }: Session, plane: Plane): Promise<Claim> {
  const claim = await plane.authenticator.checkHeader(header, peer.ip, plane.policy.modes);
  if (claim.kind === 'stranger' && claim.off !== undefined) plane.refusals.modeOff(claim.off.mode, claim.off.user);
  return claim;
}

/** A client of a mode that is off is a stranger, and counted as what it is. */
function lookAtStranger({ reader }: Session, { policy: { modes }, authenticator, refusals }: Plane): Claim {
  const header = modes.classic || modes.secure ? null : possibleHeader(reader?.bytes ?? new Uint8Array());
  if (header === null) return { kind: 'stranger', reason: 'not-a-client' };
  const claim = authenticator.checkHeaderOfOffMode(header);
  if (claim.off !== undefined) refusals.modeOff(claim.off.mode, claim.off.user);
  return claim;
}

/** A balancer that sends a header which nobody reads here makes strangers of everybody. */
function lookForProxyHeader({ reader, peer }: Session, { policy, refusals }: Plane): void {
  if (policy.proxyProtocol !== null || reader === null) return;
  if (readProxyHeader(reader.bytes).kind === 'match') refusals.unwantedProxyHeader(peer.ip);
}
