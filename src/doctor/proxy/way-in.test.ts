import { expect, test } from 'bun:test';
import type { Snapshot } from '../../admin/snapshot.ts';
import { healthySnapshot } from '../../admin/snapshot-fixture.ts';
import type { UserTerms } from '../../proxy/user.ts';
import { userWithRoom, wayInFinding } from './way-in.ts';

function terms(name: string): UserTerms {
  const limits = { maxConnections: 8, maxIps: 0, quotaBytes: 0, expiresAtMs: null, rateBytesPerSecond: 0 };
  return { name, key: new Uint8Array(16), enabled: true, ...limits };
}

function running(change: Partial<Snapshot['users'][number]>): Snapshot {
  const snapshot = healthySnapshot();
  return { ...snapshot, users: snapshot.users.map((user) => (user.name === 'anna' ? { ...user, ...change } : user)) };
}

test('the first user with room is taken', () => {
  const users = [terms('anna'), terms('bert')];
  expect(userWithRoom(users, null)?.name).toBe('anna');
  expect(userWithRoom(users, running({}))?.name).toBe('anna');
  expect(userWithRoom([terms('bert')], running({}))).toBeNull(); // stands at 8 of 8 connections
  expect(userWithRoom([terms('new')], running({}))).toBeNull(); // the proxy has not read it yet
});

test.each<[string, Partial<Snapshot['users'][number]>, boolean]>([
  ['one connection is left', { connections: 7, maxConnections: 8 }, true],
  ['all connections are taken', { connections: 8, maxConnections: 8 }, false],
  ['no limit of connections', { connections: 800, maxConnections: 0 }, true],
  ['the quota is used up', { quotaBytes: 10, uplinkBytes: 4, downlinkBytes: 6 }, false],
  ['some of the quota is left', { quotaBytes: 11, uplinkBytes: 4, downlinkBytes: 6 }, true],
])('%s', (_name, change, hasRoom) => {
  expect(userWithRoom([terms('anna')], running(change)) !== null).toBe(hasRoom);
});

test('without fake TLS a refusal does not blame the secret, which is not proved', () => {
  const trial = { kind: 'refused', reason: 'closed' } as const;
  expect(wayInFinding(trial, 'anna', 'ee').seen).toBe(
    'the secret of user anna is not taken (it closed the connection)',
  );
  expect(wayInFinding(trial, 'anna', 'dd').seen).toBe('Telegram does not answer user anna (it closed the connection)');
});
