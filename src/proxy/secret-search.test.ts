import { expect, test } from 'bun:test';
import { termsOf } from '../../test/support/users.ts';
import { Roster } from './roster.ts';
import { SecretSearch } from './secret-search.ts';
import type { User } from './user.ts';

const NETWORK = '192.0.2.1';
const OTHER = '198.51.100.1';

function world(count: number) {
  const roster = new Roster();
  const terms = Array.from({ length: count }, (_, number) => termsOf({ name: `user${number}` }));
  roster.replace(terms, () => null);
  const clock = { ms: 0 };
  const search = new SecretSearch(roster, () => clock.ms);
  /** Searches for a user, or in vain; says who was found and how many were tried. */
  const find = async (name: string, network = NETWORK, hints: User[] = []) => {
    let tried = 0;
    const found = await search.find(hints, network, (user) => {
      tried += 1;
      return user.terms.name === name;
    });
    return { found: found?.terms.name ?? null, tried };
  };
  return { roster, terms, clock, search, find };
}

test('few users are searched at once, hints first and each once', async () => {
  const { roster, search, find } = world(3);
  const hint = roster.users[2] as User;
  expect(await find('user2', NETWORK, [hint, hint])).toEqual({ found: 'user2', tried: 1 });
  expect(await find('nobody', NETWORK, [hint])).toEqual({ found: null, tried: 3 });
  expect(search.find([], NETWORK, () => true)).not.toBeInstanceOf(Promise);
});

test('a search over many users lets others have their turn', async () => {
  const { find } = world(10_000);
  let turns = 0;
  const count = () => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  expect(await find('user9999')).toEqual({ found: 'user9999', tried: 10_000 });
  clearImmediate(timer);
  expect(turns).toBeGreaterThan(10);
});

test('searches in vain are bounded for a network, and are possible again later', async () => {
  const { clock, find } = world(1_000);
  let full = 0;
  for (let turn = 0; turn < 100; turn += 1) if ((await find('nobody')).tried === 1_000) full += 1;
  expect(full).toBe(21); // a second's worth, and the one that made it too much
  expect(await find('user500')).toEqual({ found: null, tried: 0 });
  expect(await find('user500', OTHER)).toMatchObject({ found: 'user500' });
  clock.ms = 500;
  expect(await find('user500')).toMatchObject({ found: 'user500' });
});

test('searches that find somebody cost no network anything', async () => {
  const { find } = world(1_000);
  for (let turn = 0; turn < 100; turn += 1) expect((await find('user999')).found).toBe('user999');
});

test('who was admitted lately is found also from a network that has searched too much', async () => {
  const { roster, search, find } = world(1_000);
  search.remember(roster.users[700] as User);
  for (let turn = 0; turn < 100; turn += 1) await find('nobody');
  expect(await find('user700')).toEqual({ found: 'user700', tried: 1 });
  expect(await find('nobody')).toEqual({ found: null, tried: 1 });
});

test('all networks together are bounded too', async () => {
  const { find } = world(1_000);
  let full = 0;
  for (let network = 0; network < 200; network += 1) {
    if ((await find('nobody', `192.0.2.${network}`)).tried === 1_000) full += 1;
  }
  expect(full).toBe(101);
});

test('a user that a reload removes while it is searched for is not found', async () => {
  const { roster, terms, search } = world(1_000);
  const searching = search.find([], NETWORK, (user) => user.terms.name === 'user900');
  roster.replace(terms.slice(0, 900), () => null);
  expect(await searching).toBeNull();
});
