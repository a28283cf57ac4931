import type { Log } from '../../kit/log.ts';
import type { EntryLimits } from '../../proxy/gate.ts';
import type { LocalRoom } from '../../proxy/local-room.ts';
import { Roster } from '../../proxy/roster.ts';
import { readCapacity } from '../capacity.ts';
import { Service } from '../service.ts';
import { NOTHING_SEEN } from '../surroundings.ts';
import type { Order, OrderOf, Report, Terms } from './messages.ts';
import { RateShares } from './rate-shares.ts';
import { RemoteGate } from './remote-gate.ts';
import { UsageExchange } from './usage-exchange.ts';

type RoomOrder = 'count-unproved' | 'displace' | 'roll-call' | 'supersede';

/** How often figures and usage are reported: a quota can be overrun by what moves in this time. */
export const REPORT_MS = 500;
const UNASKED = 0;

/** One of several processes that serve: it has sessions, and asks the supervisor for everything that is shared. */
export class Worker {
  readonly #post: (report: Report) => void;
  readonly #log: Log;
  readonly #roster = new Roster();
  readonly #shares = new RateShares();
  readonly #gate: RemoteGate;
  readonly #usage: UsageExchange;
  readonly #service: Service;
  readonly #timer: Timer;
  #limits: EntryLimits;

  /** Binds and serves. @throws the runtime's error with a `code` when an address can't be had */
  constructor(order: OrderOf<'start'>, log: Log, post: (report: Report) => void) {
    this.#post = post;
    this.#log = log;
    this.#takeUsers(order);
    this.#limits = order.config.limits;
    this.#gate = new RemoteGate({
      post,
      onChange: (user) => this.#shares.apply(user),
      asksPlaces: () => this.#limits.maxConnections > 0 || this.#limits.maxConnectionsPerIp > 0,
    });
    this.#usage = new UsageExchange(this.#roster);
    this.#service = new Service({
      config: order.config,
      capacity: readCapacity(order.config.workers, order.config.listen.length),
      log,
      roster: this.#roster,
      gate: this.#gate,
      profiles: { profileTexts: () => [...order.profiles], saveProfileText: () => {} },
      markKey: order.markKey,
      news: {
        dataCenter: (dc, reason) => post({ kind: 'news', news: { of: 'data-center', dc, reason } }),
        address: (dc, isFailing) => post({ kind: 'news', news: { of: 'address', dc, isFailing } }),
        site: (domain, reason) => post({ kind: 'news', news: { of: 'site', domain, reason } }),
      },
      onSample: () => {},
    });
    this.#timer = setInterval(() => this.#report(UNASKED), REPORT_MS);
    this.#report(UNASKED); // figures from the first moment
    post({ kind: 'serving' });
  }

  /** Does what the supervisor says. */
  obey(order: Exclude<Order, { kind: 'start' }>): void {
    switch (order.kind) {
      case 'entered':
      case 'admitted':
        this.#gate.take(order);
        break;
      case 'moved':
        this.#usage.add(order.moves);
        break;
      case 'share':
        this.#share(order);
        break;
      case 'profile':
        this.#service.plane.fronts.adopt(order.text);
        break;
      case 'look':
        this.#report(order.id);
        break;
      case 'count-unproved':
      case 'displace':
      case 'roll-call':
      case 'supersede':
        this.#makeRoom(order);
        break;
      case 'reload':
        // Not before sessions whose answers came with it have taken their permits: they may have to be cut.
        setImmediate(() => this.#reload(order));
        break;
      case 'stop':
        void this.#stop(order.limitMs);
    }
  }

  /** What it frees is reported before the answer: messages keep their order. */
  #makeRoom(order: OrderOf<RoomOrder>): void {
    const { id } = order;
    const { room } = this.#service.plane;
    if (order.kind === 'roll-call') {
      const user = this.#roster.get(order.name);
      this.#post({ kind: 'present', id, sessions: user === null ? [] : room.standing(user) });
    } else this.#post({ kind: 'counted', id, count: carryOut(order, room) });
  }

  #share({ name, connections }: OrderOf<'share'>): void {
    const user = this.#roster.get(name);
    if (user !== null) this.#shares.learn(user, connections);
  }

  #report(id: number): void {
    const moves = this.#usage.moved();
    if (moves.length > 0) this.#post({ kind: 'moved', moves });
    this.#post({ kind: 'figures', id, snapshot: this.#service.snapshot([], NOTHING_SEEN) });
  }

  #reload(terms: Terms): void {
    const ended = this.#takeUsers(terms);
    this.#usage.follow();
    for (const user of this.#roster.users) this.#shares.apply(user);
    this.#gate.withdraw(new Set(ended));
    this.#limits = terms.config.limits;
    this.#gate.recount();
    const cut = this.#service.reload(terms.config, ended);
    if (cut > 0) this.#log.info('sessions cut after a reload', { sessions: cut });
  }

  #takeUsers({ users, usage }: Terms) {
    const byName = new Map(usage.map((entry) => [entry.name, entry]));
    return this.#roster.replace(users, (name) => byName.get(name) ?? null);
  }

  async #stop(limitMs: number): Promise<void> {
    await this.#service.stop(limitMs);
    clearInterval(this.#timer);
    this.#gate.close();
    this.#report(UNASKED);
    this.#post({ kind: 'stopped' });
  }
}

function carryOut(order: OrderOf<Exclude<RoomOrder, 'roll-call'>>, room: LocalRoom): number {
  switch (order.kind) {
    case 'count-unproved':
      return room.waiting(order.ip || null);
    case 'displace':
      return room.displace(order.ip || null, order.count);
    case 'supersede':
      return room.supersede(order.sessions);
  }
}
