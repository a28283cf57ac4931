import { expect, test } from 'bun:test';
import { termsOf } from '../../test/support/users.ts';
import { fromHex } from '../kit/bytes.ts';
import { Roster } from './roster.ts';

const NOTHING_USED = () => null;
const OTHER_KEY = fromHex('5f0e1d2c3b4a69788796a5b4c3d2e1f0');

function named(...names: string[]) {
  return names.map((name) => termsOf({ name }));
}

test('users stand in the order of the configuration, with what they used before', () => {
  const roster = new Roster();
  const used = { uplinkBytes: 3, downlinkBytes: 4 };
  expect(roster.replace(named('b', 'a'), (name) => (name === 'a' ? used : null))).toEqual([]);
  expect(roster.users.map(({ terms }) => terms.name)).toEqual(['b', 'a']);
  expect(roster.get('a')).toMatchObject(used);
  expect(roster.get('b')).toMatchObject({ uplinkBytes: 0, downlinkBytes: 0 });
  expect(roster.get('c')).toBeNull();
});

test('a user that stays is the same one, with new terms and rates', () => {
  const roster = new Roster();
  roster.replace(named('a', 'b'), NOTHING_USED);
  const a = roster.get('a');
  if (a === null) throw new Error('a is there');
  a.connections = 2;
  a.downlinkBytes = 50;
  const terms = [...named('b'), termsOf({ name: 'a', rateBytesPerSecond: 7, quotaBytes: 60 })];
  expect(roster.replace(terms, () => ({ uplinkBytes: 9, downlinkBytes: 9 }))).toEqual([]);
  expect(roster.get('a')).toBe(a);
  expect(a).toMatchObject({ connections: 2, uplinkBytes: 0, downlinkBytes: 50 });
  expect([a.uplinkRate.bytesPerSecond, a.downlinkRate.bytesPerSecond]).toEqual([7, 7]);
  expect(a.isOverQuota).toBe(false);
  expect(roster.users[1]).toBe(a);
});

test("removed, disabled and re-keyed users lose their sessions, others don't", () => {
  const roster = new Roster();
  roster.replace(named('stays', 'goes', 'off', 'rekeyed'), NOTHING_USED);
  const [stays, goes, off, rekeyed] = roster.users;
  if (stays === undefined || goes === undefined || off === undefined || rekeyed === undefined)
    throw new Error('four users');
  rekeyed.uplinkBytes = 5;
  const ended = roster.replace(
    [...named('stays', 'new'), termsOf({ name: 'off', enabled: false }), termsOf({ name: 'rekeyed', key: OTHER_KEY })],
    NOTHING_USED,
  );
  expect(new Set(ended)).toEqual(new Set([goes, off, rekeyed]));
  expect(roster.get('goes')).toBeNull();
  expect(roster.get('rekeyed')).toMatchObject({ uplinkBytes: 5, terms: { key: OTHER_KEY } }); // the quota goes on
});

test('a user that comes back is a new one with the usage that was kept', () => {
  const roster = new Roster();
  roster.replace(named('a'), NOTHING_USED);
  const before = roster.get('a');
  roster.replace([], NOTHING_USED);
  expect(roster.users).toEqual([]);
  roster.replace(named('a'), () => ({ uplinkBytes: 1, downlinkBytes: 2 }));
  expect(roster.get('a')).not.toBe(before);
  expect(roster.get('a')).toMatchObject({ uplinkBytes: 1, downlinkBytes: 2 });
});
