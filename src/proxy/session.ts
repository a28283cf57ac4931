import { ByteReader } from '../net/byte-reader.ts';
import type { Conn } from '../net/conn.ts';
import { authenticate, type UserClaim } from './authenticate.ts';
import { dialDataCenter } from './dial-data-center.ts';
import { learnPeer } from './learn-peer.ts';
import { makeRoom } from './make-room.ts';
import { type Meeting, meetClient } from './meet-client.ts';
import type { Outcome, StrangerReason } from './outcome.ts';
import type { Plane } from './plane.ts';
import { Relay } from './relay.ts';
import type { Session } from './session-table.ts';
import { startRelay } from './start-relay.ts';
import { bareTunnel, tlsTunnel } from './tunnel.ts';

/** Unread bytes a client may have before it is authenticated: the longest hello in the most records, and room. */
const MAX_FIRST_BYTES = 24 * 1024;

/** Serves one client connection from accept to settlement; over when the session is, or when it relays. Never rejects. */
export async function serveSession(client: Conn, plane: Plane): Promise<void> {
  const hasRoom = makeRoom(plane);
  const session = plane.sessions.open(client);
  let end: Outcome | Relay = 'left';
  try {
    end = hasRoom ? await live(session, plane) : 'full';
  } catch (fault) {
    plane.log.error('a session failed by a fault of ours', { session: session.id, fault: String(fault) });
  }
  if (end instanceof Relay) settleAfter(end, session, plane);
  else settle(session, end, plane);
}

/** Relaying lasts long and many do it: a function, so that nothing of the handshake is kept for the wait. */
function settleAfter(relay: Relay, session: Session, plane: Plane): void {
  relay.whenEnded((end) => settle(session, end, plane));
}

/** The life of a session: each step may end it; being a stranger is a route, not an error. */
async function live(session: Session, plane: Plane): Promise<Outcome | Relay> {
  const { policy } = plane;
  const { limits } = policy;
  session.reader = new ByteReader(session.client, MAX_FIRST_BYTES);
  session.giveTime(limits.firstByteTimeoutMs);

  if (policy.proxyProtocol !== null) {
    session.enterLobby(); // with the balancer's address: whose connection it is has yet to be said
    if (!(await learnPeer(session, policy.proxyProtocol, plane.refusals))) return 'untrusted';
    session.leaveLobby(); // room is made for it, not by it
  }
  const entering = plane.gate.enter(session.peer.ip);
  const place = entering instanceof Promise ? await entering : entering; // one process: no wait at all
  if (place === 'full') return 'full';
  session.enterLobby();
  if (place === 'undecided') return receiveStranger(session, 'undecided', null, plane);
  session.place = place;
  if (place.isCrowded) {
    plane.refusals.crowdedNetwork(session.peer.ip, limits.maxConnectionsPerIp);
    return receiveStranger(session, 'address-connections', null, plane);
  }

  const meeting = await meetClient(session, plane);
  if (meeting.kind === 'gone') return meeting.outcome;

  const claim = await authenticate(meeting, session, plane);
  if (claim.kind === 'stranger') return receiveStranger(session, claim.reason, meeting, plane);
  if (session.ending !== null) return 'left'; // meanwhile
  session.leaveLobby();

  const admitting = plane.gate.admit({ user: claim.user, ip: session.peer.ip, ...claim.handshake });
  const permit = admitting instanceof Promise ? await admitting : admitting;
  if (permit !== 'replay') remember(claim, session, plane);
  if (typeof permit === 'string') {
    session.enterLobby();
    plane.refusals.byTerms(permit, claim.user);
    return receiveStranger(session, permit, meeting, plane);
  }
  session.permit = permit;
  session.mode = claim.mode;
  plane.ledger.handshakes[claim.mode] += 1;

  const tunnel = await openTunnel(claim, session, plane);
  if (typeof tunnel === 'string') return tunnel;

  const far = await dialDataCenter(session, tunnel.init.dc, plane);
  if (typeof far === 'string') return far;
  session.far = far;

  const relay = startRelay(session, claim.user, tunnel, far, plane);
  plane.ledger.relaying += 1;
  plane.ledger.relayingByMode[claim.mode] += 1;
  return relay;
}

function openTunnel(claim: UserClaim, session: Session, plane: Plane) {
  return claim.mode === 'tls'
    ? tlsTunnel(session, claim.hello, claim.user.terms.key, plane.policy, plane.fronts)
    : bareTunnel(session, claim.init);
}

function remember(claim: UserClaim, { peer }: Session, { authenticator }: Plane): void {
  if (claim.mode === 'tls') authenticator.remember(claim.user, peer.ip, claim.hello.serverName);
  else authenticator.remember(claim.user, peer.ip);
}

/** @param meeting null: its first message has not been read. The mask wants to see it: who comes may be ourselves */
async function receiveStranger(
  session: Session,
  reason: StrangerReason,
  meeting: Meeting | null,
  plane: Plane,
): Promise<Outcome> {
  const { policy } = plane;
  const met = meeting ?? (await meetClient(session, plane));
  if (met.kind === 'gone') return met.outcome;
  plane.log.debug('a stranger', { session: session.id, reason, ip: session.peer.ip });
  if (reason !== 'unknown-sni' || policy.tls.unknownSni === 'mask') {
    return plane.mask.receive(session, reason, policy);
  }
  plane.ledger.strangers[reason] += 1;
  session.client.reset();
  return 'unknown-sni';
}

function settle(session: Session, end: Outcome, plane: Plane): void {
  const outcome = session.ending ?? session.answer?.judge(end) ?? end;
  if (session.relay !== null && session.mode !== null) {
    plane.ledger.relaying -= 1;
    plane.ledger.relayingByMode[session.mode] -= 1;
  }
  plane.sessions.settle(session, outcome);
  plane.log.debug('a session ended', {
    session: session.id,
    outcome,
    user: session.user?.terms.name,
    mode: session.mode ?? undefined,
    dc: session.dc ?? undefined,
    uplinkBytes: session.uplinkBytes,
    downlinkBytes: session.downlinkBytes,
  });
}
