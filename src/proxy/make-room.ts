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
  const { maxConnections, maxUnproved, maxSockets } = policy.limits;
  const tooMany = maxConnections === 0 ? 0 : sessions.size + 1 - maxConnections;
  const isShort = governor.level === 'critical';
  const surplus = Math.max(
    tooMany,
    sessions.lobby.size + 1 - maxUnproved,
    socketsOf(plane) + 1 - maxSockets,
    isShort ? GO_FOR_ONE_SESSION : 0,
  );
  const gone = sessions.displaceMany(surplus);
  if (gone < tooMany) return false;
  return (isShort && gone >= GO_FOR_ONE_SESSION) || governor.admits();
}

/** Connections that stand: clients, what they are joined to, and those opened ahead. The few that are being opened are not among them. */
function socketsOf({ ledger, dialer }: Plane): number {
  const ahead = Object.values(dialer.ready()).reduce((sum, count) => sum + count, 0);
  return ledger.open + ledger.relaying + ledger.splicing + ahead;
}
