import type { Plane } from './plane.ts';

/** While memory is critical so many that have proved nothing have to go for a new one: it may become a session, which holds more. */
const GO_FOR_ONE_SESSION = 4;

/**
 * Makes room for a connection that has just come, before anything of it is read: those that have proved nothing go first, and the
 * new one gets its chance to prove more.
 *
 * @returns false when nobody can be spared; it is then closed at once, as by a web server that has no connection left for it. To the
 * client that looks the same whether it knows a secret or not.
 */
export function makeRoom(plane: Plane): boolean {
  const { policy, sessions, governor } = plane;
  const { maxConnections } = policy.limits;
  const tooMany = maxConnections === 0 ? 0 : sessions.size + 1 - maxConnections;
  const tooManyUnproved = sessions.lobby.size + 1 - mostUnproved(plane);
  const isShort = governor.level === 'critical';
  const gone = sessions.displace(null, Math.max(tooMany, tooManyUnproved, isShort ? GO_FOR_ONE_SESSION : 0));
  if (gone < tooMany) return false;
  return (isShort && gone >= GO_FOR_ONE_SESSION) || governor.admits();
}

/**
 * How many may have proved nothing: so many as there are to be at most, and as descriptors are left. However few those are, half of
 * the spare ones are for handshakes, so that newcomers do not push one another out.
 */
function mostUnproved({ policy, sessions, ledger }: Plane): number {
  const { maxUnproved, maxSockets, spareSockets } = policy.limits;
  // Connections opened ahead make room for sessions by themselves.
  const others = ledger.open + ledger.relaying + ledger.splicing - sessions.lobby.size;
  return Math.min(maxUnproved, Math.max(spareSockets / 2, maxSockets - spareSockets - others));
}
