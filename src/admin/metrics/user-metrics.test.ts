import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { UserSnapshot } from '../snapshot.ts';
import { healthySnapshot } from '../snapshot-fixture.ts';
import { listedUsers } from './user-metrics.ts';

const [SOMEBODY] = healthySnapshot().users;

function user(name: string, uplinkBytes: number, downlinkBytes: number): UserSnapshot {
  if (SOMEBODY === undefined) throw new Error('the fixture has users');
  return { ...SOMEBODY, name, uplinkBytes, downlinkBytes };
}

function names(users: readonly UserSnapshot[]): string[] {
  return users.map(({ name }) => name);
}

test('as many as may be: all, in their order', () => {
  const users = [user('a', 1, 1), user('b', 5, 5)];
  expect(listedUsers(users, 2)).toEqual(users);
});

test('more: those that have moved the most, both ways together', () => {
  const users = [user('a', 0, 3), user('b', 9, 0), user('c', 2, 2), user('d', 0, 0)];
  expect(names(listedUsers(users, 2))).toEqual(['b', 'c']);
});

test('of equals the first, and never more than may be', () => {
  const users = [user('a', 0, 0), user('b', 1, 0), user('c', 0, 0), user('d', 0, 0)];
  expect(names(listedUsers(users, 3))).toEqual(['b', 'a', 'c']);
});

test('nobody who is left out has moved more than somebody who is listed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 30 }), fc.integer({ min: 1, max: 12 }), (amounts, most) => {
      const users = amounts.map((bytes, index) => user(String(index), bytes, 0));
      const listed = listedUsers(users, most);
      expect(listed).toHaveLength(Math.min(most, users.length));
      expect(new Set(names(listed)).size).toBe(listed.length);
      const least = Math.min(...listed.map(({ uplinkBytes }) => uplinkBytes));
      const others = users.filter((user) => !listed.includes(user));
      expect(others.every(({ uplinkBytes }) => uplinkBytes <= least)).toBe(true);
    }),
  );
});
