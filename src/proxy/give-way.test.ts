import { expect, test } from 'bun:test';
import { termsOf, userOf } from '../../test/support/users.ts';
import { Permit } from './admission.ts';
import { SILENCE_MS, type Standing, shortageOf, whoGivesWay } from './give-way.ts';

const [HOME, MOBILE, OFFICE] = ['192.0.2.1', '198.51.100.7', '203.0.113.9'];
const ONE = { sessions: 1, networks: 0 };

interface Named extends Standing {
  readonly name: string;
}

function standing(name: string, silentMs: number, network = HOME, isDeaf = false): Named {
  return { name, silentMs, network, isDeaf };
}

function names(sessions: readonly Named[] | null): string[] | null {
  return sessions === null ? null : sessions.map(({ name }) => name);
}

test('the one that has been silent longest gives way, from whichever network', () => {
  const all = [
    standing('talks', 0),
    standing('long', SILENCE_MS + 2),
    standing('short', SILENCE_MS - 1),
    standing('longest', SILENCE_MS + 3, MOBILE),
    standing('just', SILENCE_MS),
  ];
  for (const [sessions, expected] of [
    [0, []],
    [1, ['longest']],
    [2, ['longest', 'long']],
    [3, ['longest', 'long', 'just']],
  ] as const) {
    expect(names(whoGivesWay(all, { sessions, networks: 0 }))).toEqual([...expected]);
  }
  expect(whoGivesWay(all, { sessions: 4, networks: 0 })).toBeNull();
});

test('one whose client does not answer goes before, however lately something was sent to it', () => {
  const all = [standing('silent', 10 * SILENCE_MS), standing('deaf', 0, HOME, true), standing('talks', 0)];
  expect(names(whoGivesWay(all, ONE))).toEqual(['deaf']);
  expect(whoGivesWay([standing('talks', 0), standing('pings', SILENCE_MS - 1)], ONE)).toBeNull();
});

test('a network gives way when all its sessions can, and the most silent one does', () => {
  const all = [
    standing('home talks', 0, HOME),
    standing('home silent', 90_000, HOME),
    standing('mobile a', 40_000, MOBILE),
    standing('mobile b', 20_000, MOBILE),
    standing('office', 30_000, OFFICE),
  ];
  expect(names(whoGivesWay(all, { sessions: 0, networks: 1 }))).toEqual(['office']);
  expect(names(whoGivesWay(all, { sessions: 0, networks: 2 }))).toEqual(['office', 'mobile a', 'mobile b']);
  expect(whoGivesWay(all, { sessions: 0, networks: 3 })).toBeNull();
});

test('what a network leaves free counts for the sessions too', () => {
  const all = [
    standing('a', 40_000, MOBILE),
    standing('b', 40_000, MOBILE),
    standing('c', 90_000, HOME),
    standing('d', 0, HOME),
  ];
  expect(names(whoGivesWay(all, { sessions: 1, networks: 1 }))).toEqual(['a', 'b']);
  expect(names(whoGivesWay(all, { sessions: 3, networks: 1 }))).toEqual(['a', 'b', 'c']);
  expect(whoGivesWay(all, { sessions: 4, networks: 1 })).toBeNull();
});

test('what one more session lacks', () => {
  const user = userOf({ maxConnections: 2, maxIps: 1 });
  expect(shortageOf(user, HOME)).toEqual({ sessions: 0, networks: 0 });
  const held = [new Permit(user, HOME), new Permit(user, HOME)];
  expect(shortageOf(user, HOME)).toEqual({ sessions: 1, networks: 0 });
  expect(shortageOf(user, MOBILE)).toEqual({ sessions: 1, networks: 1 });
  user.terms = termsOf({ maxConnections: 1, maxIps: 0 }); // by a reload
  expect(shortageOf(user, MOBILE)).toEqual({ sessions: 2, networks: 0 });
  user.terms = termsOf();
  expect(shortageOf(user, MOBILE)).toEqual({ sessions: 0, networks: 0 });
  for (const permit of held) permit.release();
});
