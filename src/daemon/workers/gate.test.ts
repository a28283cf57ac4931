import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { termsOf } from '../../../test/support/users.ts';
import { latin1 } from '../../kit/bytes.ts';
import { systemRandom } from '../../kit/random.ts';
import { Permit } from '../../proxy/admission.ts';
import type { EntryLimits, Gate, Handshake, Place, Room } from '../../proxy/gate.ts';
import { LocalGate } from '../../proxy/local-gate.ts';
import { ReplayCache } from '../../proxy/replay-cache.ts';
import { Roster } from '../../proxy/roster.ts';
import type { User, UserTerms } from '../../proxy/user.ts';
import { Desk } from './desk.ts';
import type { OrderOf, ReportOf } from './messages.ts';
import { Outbox } from './outbox.ts';
import { RemoteGate } from './remote-gate.ts';

const IP = '192.0.2.1';
const NOW = 1_700_000_000_000;
const KEPT_DIGESTS = 8;

interface Wish {
  readonly limits?: Partial<EntryLimits>;
  readonly users?: readonly Partial<UserTerms>[];
  readonly room?: Partial<Room>;
}

const NO_ROOM: Room = { clearPlaces: () => false, clearSeat: () => false };

/** A gate as a session sees it, and its users; what stands behind it is looked at through `deciding`. */
interface Setting {
  readonly gate: Gate;
  /** The user of that name as the sessions know it. */
  readonly user: (name: string) => User;
  readonly deciding: { readonly gate: LocalGate; readonly roster: Roster };
  /** What was given back has arrived. */
  readonly settled: () => Promise<void>;
}

function rosterOf(users: readonly Partial<UserTerms>[]): Roster {
  const roster = new Roster();
  roster.replace(
    users.map((changes) => termsOf(changes)),
    () => null,
  );
  return roster;
}

function found(roster: Roster, name: string): User {
  const user = roster.get(name);
  if (user === null) throw new Error(`no user ${name}`);
  return user;
}

function local({ limits = {}, users = [{}], room = {} }: Wish): Setting {
  const roster = rosterOf(users);
  const gate = new LocalGate({
    limits: () => ({ maxConnections: 0, maxConnectionsPerIp: 0, ...limits }),
    replays: { hello: new ReplayCache(KEPT_DIGESTS), header: new ReplayCache(KEPT_DIGESTS) },
    room: { ...NO_ROOM, ...room },
    now: () => NOW,
  });
  return { gate, user: (name) => found(roster, name), deciding: { gate, roster }, settled: async () => {} };
}

/** Both sides of the channel in one process: what crosses is cloned, as between processes. */
function remote(wish: Wish): Setting {
  const { deciding } = local(wish);
  const orders = new Outbox<OrderOf<'entered' | 'admitted'>>((batch) => {
    for (const order of structuredClone(batch)) remoteGate.take(order);
  });
  const desk = new Desk({
    ...deciding,
    answer: (order) => {
      if (order.kind === 'entered' || order.kind === 'admitted') orders.post(order);
    },
    onChange: () => {},
  });
  const reports = new Outbox<ReportOf<'enter' | 'admit' | 'release'>>((batch) => {
    for (const report of structuredClone(batch)) desk.serve(report);
  });
  const remoteGate = new RemoteGate({
    post: (report) => {
      if (report.kind === 'enter' || report.kind === 'admit' || report.kind === 'release') reports.post(report);
    },
    onChange: () => {},
    asksPlaces: () => true,
  });
  const roster = rosterOf(wish.users ?? [{}]);
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { gate: remoteGate, user: (name) => found(roster, name), deciding, settled };
}

const fresh = (kind: Handshake['kind'] = 'hello'): Handshake => ({ kind, digest: latin1(systemRandom(16)) });

async function placeIn({ gate }: Setting, ip = IP): Promise<Place> {
  const place = await gate.enter(ip);
  if (typeof place === 'string') throw new Error(place);
  return place;
}

describe.each([
  ['in this process', local],
  ['in another process', remote],
])('a gate that decides %s', (_where, set) => {
  test('gives as many places as there are, and each again once', async () => {
    const setting = set({ limits: { maxConnections: 2 } });
    const [first] = [await placeIn(setting), await placeIn(setting, '192.0.2.2')];
    expect(await setting.gate.enter(IP)).toBe('full');
    first.release();
    first.release();
    await placeIn(setting);
    expect(await setting.gate.enter(IP)).toBe('full');
  });

  test('counts sessions of a network; those beyond its limit have a place too, and are crowded', async () => {
    const setting = set({ limits: { maxConnectionsPerIp: 2 } });
    const ips = ['2001:db8:1:2::1', '2001:db8:1:2::2', '192.0.2.1', '2001:db8:1:2::3', '::ffff:192.0.2.1'];
    const places = [];
    for (const ip of ips) places.push(await placeIn(setting, ip));
    expect(places.map(({ isCrowded }) => isCrowded)).toEqual([false, false, false, true, false]);
    places[0]?.release();
    expect((await placeIn(setting, '2001:db8:1:2::4')).isCrowded).toBe(true); // the crowded one still stands
    places[3]?.release();
    places[1]?.release();
    expect((await placeIn(setting, '2001:db8:1:2::4')).isCrowded).toBe(false);
  });

  test('admits a handshake once, whoever brings it again; hellos and headers apart', async () => {
    const setting = set({});
    const user = setting.user('alice');
    const handshake = fresh();
    expect(await setting.gate.admit({ user, ip: IP, ...handshake })).toBeInstanceOf(Permit);
    for (const ip of [IP, '192.0.2.9']) expect(await setting.gate.admit({ user, ip, ...handshake })).toBe('replay');
    expect(await setting.gate.admit({ user, ip: IP, ...handshake, kind: 'header' })).toBeInstanceOf(Permit);
    for (let i = 0; i < KEPT_DIGESTS; i += 1) await setting.gate.admit({ user, ip: IP, ...fresh() });
    expect(await setting.gate.admit({ user, ip: IP, ...handshake })).toBeInstanceOf(Permit); // long forgotten
  });

  test('who is refused pushes out no handshake that was accepted, and cannot come again with its own', async () => {
    const setting = set({
      users: [
        { name: 'alice', maxConnections: 1 },
        { name: 'bob', enabled: false },
      ],
    });
    const [alice, bob] = [setting.user('alice'), setting.user('bob')];
    const accepted = fresh();
    const permit = await setting.gate.admit({ user: alice, ip: IP, ...accepted });
    const refused = fresh();
    expect(await setting.gate.admit({ user: alice, ip: IP, ...refused })).toBe('user-connections');
    if (permit instanceof Permit) permit.release();
    await setting.settled();
    expect(await setting.gate.admit({ user: alice, ip: IP, ...refused })).toBe('replay'); // there is room now
    for (let i = 0; i < 4 * KEPT_DIGESTS; i += 1) {
      expect(await setting.gate.admit({ user: bob, ip: IP, ...fresh() })).toBe('user-disabled');
    }
    expect(await setting.gate.admit({ user: alice, ip: IP, ...accepted })).toBe('replay');
  });

  test('two that come at once cannot share the last place, the last network or a digest', async () => {
    const setting = set({ users: [{ maxConnections: 3 }, { name: 'bert', maxIps: 1 }] });
    const ask = (name: string, ip: string, handshake = fresh()) =>
      setting.gate.admit({ user: setting.user(name), ip, ...handshake });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('alice', IP)));
    expect(answers.filter((answer) => answer instanceof Permit)).toHaveLength(3);
    expect(answers.filter((answer) => answer === 'user-connections')).toHaveLength(5);
    const networks = await Promise.all(['192.0.2.1', '192.0.2.2', '192.0.2.1'].map((ip) => ask('bert', ip)));
    expect(networks.map((answer) => (typeof answer === 'string' ? answer : 'in'))).toEqual([
      'in',
      'user-networks',
      'in',
    ]);
    const twin = fresh();
    const twins = await Promise.all([ask('bert', IP, twin), ask('bert', IP, twin)]);
    expect(twins.map((answer) => (typeof answer === 'string' ? answer : 'in'))).toEqual(['in', 'replay']);
  });

  test('refuses by the terms and the usage of the side that decides', async () => {
    const refusals: [Partial<UserTerms>, string][] = [
      [{ enabled: false }, 'user-disabled'],
      [{ expiresAtMs: NOW }, 'user-expired'],
      [{ quotaBytes: 100 }, 'user-quota'],
    ];
    for (const [terms, reason] of refusals) {
      const setting = set({ users: [terms] });
      found(setting.deciding.roster, 'alice').downlinkBytes = 100;
      expect(await setting.gate.admit({ user: setting.user('alice'), ip: IP, ...fresh() })).toBe(reason as 'replay');
    }
  });

  test('asks for room where there is none, and gives what was made', async () => {
    const asked: [string | null, number][] = [];
    let standing: Place[] = [];
    const clearPlaces = async (ip: string | null, count: number) => {
      asked.push([ip, count]);
      const [gone, ...others] = standing;
      standing = others;
      gone?.release();
      return gone !== undefined;
    };
    const setting = set({ limits: { maxConnections: 3, maxConnectionsPerIp: 2 }, room: { clearPlaces } });
    for (const ip of ['2001:db8::1', '2001:db8::2']) standing.push(await placeIn(setting, ip));
    expect((await placeIn(setting, '2001:db8::3')).isCrowded).toBe(false);
    expect(asked).toEqual([['2001:db8::3', 1]]);
    await placeIn(setting);
    expect((await placeIn(setting, '192.0.2.2')).isCrowded).toBe(false);
    expect(asked.slice(1)).toEqual([[null, 1]]);
    expect(await setting.gate.enter('192.0.2.3')).toBe('full');
  });

  test('seats a user for whom others have given way; its digest is claimed once', async () => {
    const held: Permit[] = [];
    const asked: string[] = [];
    const clearSeat = async ({ terms }: User, network: string) => {
      asked.push(`${terms.name} ${network}`);
      const gone = held.shift();
      gone?.release();
      return gone !== undefined;
    };
    const setting = set({ users: [{ maxConnections: 1 }, { name: 'bert', maxIps: 1 }], room: { clearSeat } });
    const ask = (name: string, ip: string, handshake = fresh()) =>
      setting.gate.admit({ user: setting.user(name), ip, ...handshake });
    const take = (answer: Permit | string) => void (answer instanceof Permit && held.push(answer));
    take(await ask('alice', IP));
    const twin = fresh();
    take(await ask('alice', '2001:db8::1', twin));
    expect(asked).toEqual(['alice 2001:db8::/64']);
    expect(held).toHaveLength(1);
    expect(await ask('alice', '2001:db8::1', twin)).toBe('replay');
    expect(asked).toHaveLength(1);

    held.length = 0; // nobody gives way any more, and for a while nobody is asked to
    expect([await ask('alice', IP), await ask('alice', IP)]).toEqual(['user-connections', 'user-connections']);
    expect(asked).toHaveLength(2);
    take(await ask('bert', IP));
    take(await ask('bert', '192.0.2.9'));
    expect(asked.slice(2)).toEqual(['bert 192.0.2.9']);
    expect(held).toHaveLength(1);
  });

  test('whatever comes and goes, nothing is taken that is not given back', async () => {
    const ips = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2');
    const step = fc.oneof(ips, fc.nat(5)); // one comes, or the so-manieth goes
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(4), async (steps, maxConnections) => {
        const setting = set({ limits: { maxConnections: 6 }, users: [{ maxConnections }] });
        const user = setting.user('alice');
        const held: (Place | Permit)[][] = [];
        for (const each of steps) {
          if (typeof each === 'number') for (const one of held.splice(each, 1)[0] ?? []) one.release();
          else {
            const place = await setting.gate.enter(each);
            if (typeof place === 'string') continue;
            const permit = await setting.gate.admit({ user, ip: each, ...fresh() });
            held.push(permit instanceof Permit ? [place, permit] : [place]);
          }
          const permits = held.filter(({ length }) => length === 2).length;
          await setting.settled();
          expect(setting.deciding.gate.size).toBe(held.length);
          expect(found(setting.deciding.roster, 'alice').connections).toBe(permits);
          expect(user.connections).toBe(permits);
        }
        for (const one of held.flat()) one.release();
        await setting.settled();
        expect(setting.deciding.gate.size).toBe(0);
        expect(found(setting.deciding.roster, 'alice')).toMatchObject({ connections: 0, networks: new Map() });
        expect(user).toMatchObject({ connections: 0, networks: new Map() });
      }),
      { numRuns: 40 },
    );
  });
});
