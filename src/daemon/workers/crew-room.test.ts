import { expect, test } from 'bun:test';
import { userOf } from '../../../test/support/users.ts';
import { networkOf } from '../../kit/address.ts';
import { Permit } from '../../proxy/admission.ts';
import { SILENCE_MS } from '../../proxy/give-way.ts';
import type { User } from '../../proxy/user.ts';
import { CrewRoom, type Teammate } from './crew-room.ts';
import type { Order } from './messages.ts';

const [HOME, MOBILE] = ['192.0.2.1', '198.51.100.7'];

/** A worker with sessions of one user and connections that have proved nothing; answers in a later turn, as another process does. */
class FakeWorker implements Teammate {
  readonly orders: Order[] = [];
  readonly sessions = new Map<number, { permit: Permit; ip: string; silentMs: number }>();
  waiting: string[] = [];
  isMute = false;
  readonly #tell: (answer: Parameters<CrewRoom['take']>[0]) => void;

  constructor(tell: (answer: Parameters<CrewRoom['take']>[0]) => void) {
    this.#tell = tell;
  }

  add(user: User, id: number, silentMs: number, ip = HOME): void {
    this.sessions.set(id, { permit: new Permit(user, networkOf(ip)), ip, silentMs });
  }

  post(order: Order): void {
    this.orders.push(order);
    if (!this.isMute) setImmediate(() => this.#obey(order));
  }

  #obey(order: Order): void {
    if (order.kind === 'count-unproved' || order.kind === 'displace') {
      const isOfIt = (ip: string) => order.ip === '' || networkOf(ip) === networkOf(order.ip);
      const found = this.waiting.filter(isOfIt);
      const gone = order.kind === 'displace' ? found.slice(0, order.count) : [];
      for (const ip of gone) this.waiting.splice(this.waiting.indexOf(ip), 1);
      this.#tell({ kind: 'counted', id: order.id, count: (order.kind === 'displace' ? gone : found).length });
    } else if (order.kind === 'roll-call') {
      const sessions = [...this.sessions].map(([id, { ip, silentMs }]) => ({
        id,
        network: networkOf(ip),
        silentMs,
        isDeaf: false,
      }));
      this.#tell({ kind: 'present', id: order.id, sessions });
    } else if (order.kind === 'supersede') {
      for (const id of order.sessions) {
        this.sessions.get(id)?.permit.release();
        this.sessions.delete(id);
      }
      this.#tell({ kind: 'counted', id: order.id, count: order.sessions.length });
    }
  }
}

function set() {
  const room: CrewRoom = new CrewRoom(() => workers);
  const workers = [
    new FakeWorker((answer) => room.take(answer)),
    new FakeWorker((answer) => room.take(answer)),
  ] as const;
  return { room, one: workers[0], other: workers[1] };
}

test('a place is cleared by the first worker that has somebody to spare', async () => {
  const { room, one, other } = set();
  one.waiting = [HOME];
  other.waiting = [HOME, MOBILE];
  expect(await room.clearPlaces(MOBILE, 1)).toBe(true);
  expect([one.waiting, other.waiting]).toEqual([[HOME], [HOME]]);
  expect(await room.clearPlaces(null, 1)).toBe(true);
  expect([one.waiting, other.waiting]).toEqual([[], [HOME]]);
  expect(other.orders).toHaveLength(1);
  expect([await room.clearPlaces(null, 1), await room.clearPlaces(null, 1)]).toEqual([true, false]);
});

test('where several have to go all do, from whichever worker, or none', async () => {
  const { room, one, other } = set();
  one.waiting = [MOBILE, HOME];
  other.waiting = [MOBILE];
  expect(await room.clearPlaces(MOBILE, 3)).toBe(false);
  expect([one.waiting, other.waiting]).toEqual([[MOBILE, HOME], [MOBILE]]);
  expect(await room.clearPlaces(MOBILE, 2)).toBe(true);
  expect([one.waiting, other.waiting]).toEqual([[HOME], []]);
});

test('the session that gives way is the most silent one of all workers', async () => {
  const { room, one, other } = set();
  const user = userOf({ maxConnections: 3 });
  one.add(user, 1, SILENCE_MS + 1);
  other.add(user, 1, SILENCE_MS + 2);
  other.add(user, 2, 0);
  expect(await room.clearSeat(user, MOBILE)).toBe(true);
  expect([[...one.sessions.keys()], [...other.sessions.keys()]]).toEqual([[1], [2]]);
  expect(user.connections).toBe(2);
});

test('a network gives way in all workers together, or not at all', async () => {
  const { room, one, other } = set();
  const user = userOf({ maxIps: 1 });
  one.add(user, 1, SILENCE_MS);
  other.add(user, 1, SILENCE_MS - 1);
  expect(await room.clearSeat(user, MOBILE)).toBe(false);
  expect(user.connections).toBe(2);
  other.sessions.get(1)?.permit.release();
  other.add(user, 1, SILENCE_MS);
  expect(await room.clearSeat(user, MOBILE)).toBe(true);
  expect([user.connections, one.sessions.size, other.sessions.size]).toEqual([0, 0, 0]);
});

test('those that come at once each find another session', async () => {
  const { room, one, other } = set();
  const user = userOf({ maxConnections: 8 });
  for (let id = 1; id <= 4; id += 1) for (const worker of [one, other]) worker.add(user, id, SILENCE_MS + id);
  const newcomer = async () => {
    const isClear = await room.clearSeat(user, MOBILE);
    if (isClear) new Permit(user, MOBILE);
    return isClear;
  };
  const answers = await Promise.all(Array.from({ length: 12 }, newcomer));
  expect(answers.filter((isClear) => isClear)).toHaveLength(8);
  expect([user.connections, one.sessions.size, other.sessions.size]).toEqual([8, 0, 0]);
  expect(user.networks).toEqual(new Map([[MOBILE, 8]]));
});

test('more than a line of them are not made to wait, nor their workers asked', async () => {
  const { room, one } = set();
  const user = userOf({ maxConnections: 1 });
  one.add(user, 1, 0);
  const answers = await Promise.all(Array.from({ length: 200 }, () => room.clearSeat(user, HOME)));
  expect(answers).not.toContain(true);
  expect(one.orders).toHaveLength(32);
  expect(await room.clearSeat(user, HOME)).toBe(false); // a line of its own
  expect(one.orders).toHaveLength(33);
});

test('a worker that does not answer is left out, but nobody gives way without its word', async () => {
  const { room, one, other } = set();
  const user = userOf({ maxConnections: 1 });
  one.isMute = true;
  other.waiting = [HOME];
  expect(await room.clearPlaces(null, 1)).toBe(true);
  other.add(user, 1, SILENCE_MS);
  expect(await room.clearSeat(user, HOME)).toBe(false);
  one.isMute = false;
  expect(await room.clearSeat(user, HOME)).toBe(true);
});
