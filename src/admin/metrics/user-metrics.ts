import type { UserSnapshot } from '../snapshot.ts';
import { bothWays, limit, type Metric, type Reading, seconds, zeroOrOne } from './metric.ts';

/** Users that have series of their own: a dozen figures each, so that a scrape stays small and quick. */
export const MOST_LISTED_USERS = 1_000;

/**
 * Those that have moved the most bytes. The others are only part of the sums over all users: a series for "the rest" would
 * fall whenever a user leaves it, which Prometheus takes for a restart.
 */
export function listedUsers(users: readonly UserSnapshot[], most = MOST_LISTED_USERS): readonly UserSnapshot[] {
  if (users.length <= most) return users;
  const least = Float64Array.from(users, moved).sort()[users.length - most] ?? 0;
  const above = users.filter((user) => moved(user) > least);
  const level = users.filter((user) => moved(user) === least);
  return [...above, ...level.slice(0, most - above.length)];
}

function moved({ uplinkBytes, downlinkBytes }: UserSnapshot): number {
  return uplinkBytes + downlinkBytes;
}

function byUser(users: readonly UserSnapshot[], figure: (user: UserSnapshot) => number): Reading<number>[] {
  return users.map((user) => [figure(user), user.name]);
}

export const userMetrics: readonly Metric[] = [
  {
    name: 'petrel_users',
    type: 'gauge',
    unit: 'users',
    help: 'Users, including disabled ones.',
    labels: [],
    read: ({ users }) => [[users.length]],
  },
  {
    name: 'petrel_users_unlisted',
    type: 'gauge',
    unit: 'users',
    help: `Users without series of their own: beyond ${MOST_LISTED_USERS} those that have moved the fewest bytes.`,
    labels: [],
    read: ({ users, listedUsers }) => [[users.length - listedUsers.length]],
  },
  {
    name: 'petrel_user_connections',
    type: 'gauge',
    unit: 'sessions',
    help: 'Open sessions of a user.',
    labels: ['user'],
    read: ({ listedUsers }) => byUser(listedUsers, ({ connections }) => connections),
  },
  {
    name: 'petrel_user_connections_limit',
    type: 'gauge',
    unit: 'sessions',
    help: 'Sessions that a user may have at once (max_connections); absent without a limit.',
    labels: ['user'],
    read: ({ listedUsers }) => listedUsers.flatMap(({ name, maxConnections }) => limit(maxConnections, name)),
  },
  {
    name: 'petrel_user_networks',
    type: 'gauge',
    unit: 'networks',
    help: 'Networks (an IPv4 address or an IPv6 /64) from which a user has sessions.',
    labels: ['user'],
    read: ({ listedUsers }) => byUser(listedUsers, ({ networks }) => networks),
  },
  {
    name: 'petrel_user_networks_limit',
    type: 'gauge',
    unit: 'networks',
    help: 'Networks from which a user may have sessions at once (max_ips); absent without a limit.',
    labels: ['user'],
    read: ({ listedUsers }) => listedUsers.flatMap(({ name, maxNetworks }) => limit(maxNetworks, name)),
  },
  {
    name: 'petrel_user_sessions_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions of a user that were admitted since the start.',
    labels: ['user'],
    read: ({ listedUsers }) => byUser(listedUsers, ({ sessions }) => sessions),
  },
  {
    name: 'petrel_user_traffic_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes relayed for a user, across restarts: what the quota counts.',
    labels: ['user', 'direction'],
    read: ({ listedUsers }) =>
      listedUsers.flatMap(({ name, uplinkBytes, downlinkBytes }) => bothWays(uplinkBytes, downlinkBytes, name)),
  },
  {
    name: 'petrel_user_messages_total',
    type: 'counter',
    unit: 'messages',
    help: 'Chunks relayed for a user since the start.',
    labels: ['user', 'direction'],
    read: ({ listedUsers }) =>
      listedUsers.flatMap(({ name, uplinkMessages, downlinkMessages }) =>
        bothWays(uplinkMessages, downlinkMessages, name),
      ),
  },
  {
    name: 'petrel_user_quota_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Bytes that a user may move in both directions together (quota); absent without a limit.',
    labels: ['user'],
    read: ({ listedUsers }) => listedUsers.flatMap(({ name, quotaBytes }) => limit(quotaBytes, name)),
  },
  {
    name: 'petrel_user_expiry_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a user expires, as Unix time (expires); absent where never.',
    labels: ['user'],
    read: ({ listedUsers }) =>
      listedUsers.flatMap(({ name, expiresAtMs }) => limit(expiresAtMs === null ? null : seconds(expiresAtMs), name)),
  },
  {
    name: 'petrel_user_enabled',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether a user is enabled.',
    labels: ['user'],
    read: ({ listedUsers }) => byUser(listedUsers, ({ isEnabled }) => zeroOrOne(isEnabled)),
  },
];
