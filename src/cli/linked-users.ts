import type { Asked } from '../admin/control-client.ts';
import { askLinks } from '../admin/control-client.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import { standingOf } from '../admin/user-standing.ts';
import type { Config } from '../config/schema.ts';
import { linkTargetOf } from '../daemon/link-source.ts';
import type { KeptOfUsers } from '../daemon/stored-users.ts';
import { allUsers } from '../daemon/users.ts';
import { fromHex } from '../kit/bytes.ts';
import type { UserTerms } from '../proxy/user.ts';
import type { LinkTarget, NamedKey } from './user-links.ts';
import type { Whereabouts } from './whereabouts.ts';

/** Everything that links are made of. */
export interface LinkedUsers {
  readonly publicHost: string;
  readonly target: Omit<LinkTarget, 'host'>;
  readonly users: readonly LinkedUser[];
}

export interface LinkedUser extends NamedKey {
  /** Why the user's links don't work, or may not; null: they do. */
  readonly standing: string | null;
}

/**
 * The users of the configuration and of the data folder; where the configuration would be refused, those that the running proxy
 * knows.
 *
 * @throws ConfigError where it would be refused and no proxy can be asked
 */
export async function linkedUsers(place: Whereabouts, asked: Asked, kept: KeptOfUsers): Promise<LinkedUsers> {
  const running = asked.kind === 'running' ? asked.snapshot : null;
  if (place.config !== null) return fromConfig(place.config, kept, running);
  const answer = await askLinks(place.dataDir);
  if (answer.kind === 'running') {
    const { publicHost, users, ...target } = answer.links;
    return {
      publicHost,
      target,
      users: users.map(({ name, key }) => withStanding({ name, key: fromHex(key) }, running)),
    };
  }
  throw place.refusal ?? new Error('neither a configuration nor why not');
}

function fromConfig(config: Config, { users: stored, usage }: KeptOfUsers, running: Snapshot | null): LinkedUsers {
  const moved = new Map(usage.map((entry) => [entry.name, entry]));
  const all = allUsers(config, stored);
  const users = all.map((terms) => {
    const { uplinkBytes = 0, downlinkBytes = 0 } = moved.get(terms.name) ?? {};
    const user = { name: terms.name, key: terms.key };
    return isKnown(user, running)
      ? withStanding(user, running)
      : { ...user, standing: standing(terms, uplinkBytes + downlinkBytes) };
  });
  const { publicHost, ...target } = linkTargetOf(config);
  return { publicHost, target, users };
}

function isKnown({ name }: NamedKey, running: Snapshot | null): boolean {
  return running?.users.some((user) => user.name === name) === true;
}

/** As the running proxy sees it: it knows what stands now. */
function withStanding({ name, key }: NamedKey, running: Snapshot | null): LinkedUser {
  const user = running?.users.find((known) => known.name === name);
  const found = user === undefined || running === null ? null : standingOf(user, running.atMs);
  return { name, key, standing: found?.text ?? null };
}

/** As its terms and what is kept of its usage say. */
function standing(terms: UserTerms, movedBytes: number): string | null {
  const { enabled: isEnabled, maxConnections, maxIps: maxNetworks, quotaBytes, expiresAtMs } = terms;
  const none = { connections: 0, networks: 0, uplinkBytes: 0, downlinkBytes: movedBytes };
  return (
    standingOf({ ...none, isEnabled, maxConnections, maxNetworks, quotaBytes, expiresAtMs }, Date.now())?.text ?? null
  );
}
