import type { Snapshot } from '../../admin/snapshot.ts';
import { bytesText } from '../../kit/figures-text.ts';
import { type Finding, warning } from '../../kit/finding.ts';
import type { UserTerms } from '../../proxy/user.ts';

/** Users named when none can be tried: more would fill the screen. */
const MOST_NAMED = 3;

/** Somebody to try the way in with, or why there is nobody. */
export type Candidate = { readonly user: UserTerms } | { readonly finding: Finding };

/**
 * Picks the user whose secret the way in is tried with: the first that the running proxy would let in once more.
 * @param running null where its figures are not known: then nobody's limits are
 */
export function candidateFrom(users: readonly UserTerms[], running: Snapshot | null, now: number): Candidate {
  const reasons: string[] = [];
  for (const user of users) {
    const reason = refusalOf(user, running, now);
    if (reason === null) return { user };
    reasons.push(`${user.name} (${reason})`);
  }
  if (users.length === 0) return { finding: notTried('there is no user yet', 'the first start makes one') };
  const more = reasons.length > MOST_NAMED ? ` and ${reasons.length - MOST_NAMED} more` : '';
  return {
    finding: notTried(
      `no user may come in now: ${reasons.slice(0, MOST_NAMED).join(', ')}${more}`,
      'clients of these users see the website: change what the brackets name, or wait until it is over, and run this again',
    ),
  };
}

function notTried(why: string, advice: string): Finding {
  return warning('as a client', `not tried: ${why}`, advice);
}

/** Why the proxy would refuse this user one more session from here; null when it would not. */
function refusalOf(
  { name, enabled, expiresAtMs, maxIps }: UserTerms,
  running: Snapshot | null,
  now: number,
): string | null {
  if (!enabled) return `disabled, users.${name}.enabled`;
  if (expiresAtMs !== null && expiresAtMs <= now) return `its time is over, users.${name}.expires`;
  if (running === null) return null;
  const state = running.users.find((user) => user.name === name);
  if (state === undefined) return 'the running proxy does not know it: reload it (SIGHUP) or restart it';
  const { connections, maxConnections, networks, quotaBytes, uplinkBytes, downlinkBytes } = state;
  if (quotaBytes > 0 && uplinkBytes + downlinkBytes >= quotaBytes) {
    return `its quota of ${bytesText(quotaBytes)} is used up, users.${name}.quota`;
  }
  if (maxConnections > 0 && connections >= maxConnections) {
    return `${connections} of ${maxConnections} sessions stand, users.${name}.max_connections`;
  }
  // This machine would be one more network, unless a session comes from here: which networks they are is not told.
  if (maxIps > 0 && networks >= maxIps) return `in ${networks} of ${maxIps} networks, users.${name}.max_ips`;
  return null;
}
