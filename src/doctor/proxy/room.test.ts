import { expect, test } from 'bun:test';
import type { Snapshot } from '../../admin/snapshot.ts';
import { healthySnapshot } from '../../admin/snapshot-fixture.ts';
import type { UserTerms } from '../../proxy/user.ts';
import { candidateFrom } from './room.ts';

const NOW = 1_700_000_000_000;

function terms(name: string, change: Partial<UserTerms> = {}): UserTerms {
  const limits = { maxConnections: 8, maxIps: 0, quotaBytes: 0, expiresAtMs: null, rateBytesPerSecond: 0 };
  return { name, key: new Uint8Array(16), enabled: true, ...limits, ...change };
}

function running(change: Partial<Snapshot['users'][number]> = {}): Snapshot {
  const snapshot = healthySnapshot();
  return { ...snapshot, users: snapshot.users.map((user) => (user.name === 'anna' ? { ...user, ...change } : user)) };
}

function chosen(users: readonly UserTerms[], snapshot: Snapshot | null): string {
  const candidate = candidateFrom(users, snapshot, NOW);
  return 'user' in candidate ? candidate.user.name : candidate.finding.seen;
}

test('the first user with room is taken', () => {
  expect(chosen([terms('anna'), terms('bert')], null)).toBe('anna');
  expect(chosen([terms('bert'), terms('anna')], running())).toBe('anna'); // bert stands at 8 of 8 sessions
  expect(chosen([terms('anna', { enabled: false }), terms('bert')], null)).toBe('bert');
});

test.each<[string, Partial<Snapshot['users'][number]>, Partial<UserTerms>, string | null]>([
  ['one session is left', { connections: 7, maxConnections: 8 }, {}, null],
  ['all are taken', { connections: 8, maxConnections: 8 }, {}, '8 of 8 sessions stand, users.anna.max_connections'],
  ['no limit', { connections: 800, maxConnections: 0 }, {}, null],
  ['the quota is used up', { quotaBytes: 1024, uplinkBytes: 1000, downlinkBytes: 24 }, {}, 'users.anna.quota'],
  ['some of the quota is left', { quotaBytes: 1025, uplinkBytes: 1000, downlinkBytes: 24 }, {}, null],
  ['all networks are taken', { networks: 2 }, { maxIps: 2 }, 'in 2 of 2 networks, users.anna.max_ips'],
  ['a network is left', { networks: 1 }, { maxIps: 2 }, null],
  ['disabled', {}, { enabled: false }, 'users.anna.enabled'],
  ['over', {}, { expiresAtMs: NOW }, 'users.anna.expires'],
])('%s', (_name, state, change, why) => {
  const seen = chosen([terms('anna', change)], running(state));
  if (why === null) expect(seen).toBe('anna');
  else expect(seen).toContain(why);
  if (why !== null) expect(seen).toStartWith('not tried: no user may come in now: anna (');
});

test('a user that the running proxy has not read is no candidate, and says so', () => {
  expect(chosen([terms('new')], running())).toContain('the running proxy does not know it');
});

test('of many users three are named', () => {
  const users = Array.from({ length: 10 }, (_, number) => terms(`user${number}`, { enabled: false }));
  expect(chosen(users, null)).toContain('user2 (disabled, users.user2.enabled) and 7 more');
  expect(chosen([], null)).toBe('not tried: there is no user yet');
});
