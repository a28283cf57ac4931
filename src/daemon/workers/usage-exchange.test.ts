import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { termsOf } from '../../../test/support/users.ts';
import { Roster } from '../../proxy/roster.ts';
import type { Move } from './messages.ts';
import { addMoves, UsageExchange } from './usage-exchange.ts';

const USERS = ['a', 'b', 'c'];

function rosterOf(names: readonly string[], bytes = 0): Roster {
  const roster = new Roster();
  roster.replace(
    names.map((name) => termsOf({ name })),
    () => ({ uplinkBytes: bytes, downlinkBytes: bytes }),
  );
  return roster;
}

function move(roster: Roster, name: string, bytes: number): void {
  const user = roster.get(name);
  if (user === null) throw new Error(name);
  user.uplinkBytes += bytes;
  user.downlinkBytes += 2 * bytes;
  user.uplinkMessages += 1;
  user.downlinkMessages += 1;
}

function figures(roster: Roster) {
  return roster.users.map((user) => [user.terms.name, user.uplinkBytes, user.downlinkBytes, user.uplinkMessages]);
}

test('tells each amount once, and nothing of what others moved or what was used before', () => {
  const roster = rosterOf(USERS, 1_000);
  const exchange = new UsageExchange(roster);
  expect(exchange.moved()).toEqual([]);
  move(roster, 'b', 5);
  exchange.add([{ name: 'a', uplinkBytes: 7, downlinkBytes: 8, uplinkMessages: 1, downlinkMessages: 1 }]);
  expect(exchange.moved()).toEqual([
    { name: 'b', uplinkBytes: 5, downlinkBytes: 10, uplinkMessages: 1, downlinkMessages: 1 },
  ]);
  expect(exchange.moved()).toEqual([]);
  expect(roster.get('a')?.uplinkBytes).toBe(1_007);
});

test('users that come with a reload count from then on, with what they had used; removed ones are no fault', () => {
  const roster = rosterOf(['a']);
  const exchange = new UsageExchange(roster);
  roster.replace([termsOf({ name: 'b' })], () => ({ uplinkBytes: 50, downlinkBytes: 0 }));
  exchange.follow();
  move(roster, 'b', 3);
  expect(exchange.moved()).toMatchObject([{ name: 'b', uplinkBytes: 3, downlinkBytes: 6 }]);
  exchange.add([{ name: 'a', uplinkBytes: 1, downlinkBytes: 1, uplinkMessages: 1, downlinkMessages: 1 }]);
  expect(figures(roster)).toEqual([['b', 53, 6, 1]]);
});

test('however reports cross, in the end all agree', () => {
  const step = fc.record({
    at: fc.nat(2),
    user: fc.constantFrom(...USERS),
    bytes: fc.nat(1_000),
    reports: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.infiniteStream(fc.boolean()), (steps, arrives) => {
      const centre = rosterOf(USERS);
      const sides = [0, 1, 2].map(() => {
        const roster = rosterOf(USERS);
        return { roster, exchange: new UsageExchange(roster), inbox: [] as Move[][] };
      });
      const report = (from: number) => {
        const moves = sides[from]?.exchange.moved() ?? [];
        addMoves(centre, moves);
        for (const [index, { inbox }] of sides.entries()) if (index !== from) inbox.push(moves);
      };
      for (const { at, user, bytes, reports } of steps) {
        const side = sides[at];
        if (side === undefined) continue;
        move(side.roster, user, bytes);
        if (reports) report(at);
        if (arrives.next().value === true) side.exchange.add(side.inbox.shift() ?? []);
      }
      for (const index of sides.keys()) report(index);
      for (const { exchange, inbox } of sides) for (const moves of inbox) exchange.add(moves);
      for (const { roster, exchange } of sides) {
        expect(figures(roster)).toEqual(figures(centre));
        expect(exchange.moved()).toEqual([]);
      }
      expect(centre.users.reduce((sum, { uplinkBytes }) => sum + uplinkBytes, 0)).toBe(
        steps.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }),
  );
});
