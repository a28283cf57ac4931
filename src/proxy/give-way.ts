import type { User } from './user.ts';

/** A session of a user that is looked at when the user is at a limit. */
export interface Standing {
  readonly network: string;
  /** Nothing has moved either way for so long. */
  readonly silentMs: number;
  /** Its client does not acknowledge what was sent to it. */
  readonly isDeaf: boolean;
}

/** How many sessions and networks a user has too many for one more session. */
export interface Shortage {
  readonly sessions: number;
  readonly networks: number;
}

/**
 * A session that has been silent for so long gives way to a new one of its user. A phone that has lost its link comes back within
 * seconds and must not have to wait until its old sessions are noticed to be dead; a living client whose session was closed opens it
 * again when it has something to say. The time also bounds how often several phones with too few places between them can displace one
 * another: each place changes hands once in so long at most. TDLib in the foreground pings at every round trip, and so is never silent.
 */
export const SILENCE_MS = 5_000;

/** What one more session of the user from this network lacks by the user's terms. */
export function shortageOf({ terms, connections, networks }: User, network: string): Shortage {
  const { maxConnections, maxIps } = terms;
  return {
    sessions: maxConnections === 0 ? 0 : Math.max(0, connections + 1 - maxConnections),
    networks: maxIps === 0 || networks.has(network) ? 0 : Math.max(0, networks.size + 1 - maxIps),
  };
}

/**
 * Which of a user's sessions give way. Those whose client does not answer first, then those that have been silent longest, wherever
 * they come from: a client's own idle ones are as good to close as those of somebody else who shares its secret. A network gives way
 * as a whole, when all its sessions can.
 *
 * @returns null when that would not be enough: then nobody has to go
 */
export function whoGivesWay<Each extends Standing>(
  all: readonly Each[],
  shortage: Shortage,
  silenceMs = SILENCE_MS,
): Each[] | null {
  const canGo = (each: Standing) => silence(each) >= silenceMs;
  const networks = [...Map.groupBy(all, ({ network }) => network).values()]
    .filter((sessions) => sessions.every(canGo))
    .sort((one, other) => leastSilence(other) - leastSilence(one))
    .slice(0, shortage.networks);
  if (networks.length < shortage.networks) return null;
  const going = new Set(networks.flat());
  const others = all
    .filter((each) => canGo(each) && !going.has(each))
    .sort((one, other) => silence(other) - silence(one));
  for (const each of others) {
    if (going.size >= shortage.sessions) break;
    going.add(each);
  }
  return going.size < shortage.sessions ? null : [...going];
}

function silence({ isDeaf, silentMs }: Standing): number {
  return isDeaf ? Number.MAX_SAFE_INTEGER : silentMs;
}

function leastSilence(sessions: readonly Standing[]): number {
  return Math.min(...sessions.map(silence));
}
