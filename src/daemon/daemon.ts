import type { Snapshot } from '../admin/snapshot.ts';
import { restartOnlyChanges } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';
import type { Plane } from '../proxy/plane.ts';
import type { User } from '../proxy/user.ts';
import { AdminServers } from './admin-servers.ts';
import { type Capacity, readCapacity } from './capacity.ts';
import type { MemoryReading } from './memory.ts';
import { frontedDomains } from './policy.ts';
import { telegramTarget, watchReachability } from './reachability.ts';
import { Registry } from './registry.ts';
import type { RunningProxy } from './running-proxy.ts';
import { Service } from './service.ts';
import { WarningLog } from './warning-log.ts';

export interface DaemonOptions {
  /** Whether fronted sites are asked how they answer; default true. Off where every visit of a site is counted. */
  readonly asksSites?: boolean;
  /** How memory is, for the governor; default: what the system tells. */
  readonly readMemory?: () => MemoryReading;
}

/** The proxy in one process: joins the parts. Started in order, stopped in reverse. */
export class Daemon implements RunningProxy {
  readonly madeUser: boolean;
  #config: Config;
  readonly #startConfig: Config;
  readonly #log: Log;
  readonly #asksSites: boolean;
  readonly #capacity: Capacity;
  readonly #registry: Registry;
  readonly #service: Service;
  readonly #warningLog: WarningLog;
  readonly #admin: AdminServers;
  readonly #stopWatching: () => void;

  /** Binds and serves. @throws the runtime's error with a `code` when an address can't be had; nothing stays behind */
  constructor(config: Config, log: Log, { asksSites = true, readMemory }: DaemonOptions = {}) {
    this.#asksSites = asksSites;
    this.#config = config;
    this.#startConfig = config;
    this.#log = log;
    this.#capacity = readCapacity(1, config.listen.length);
    this.#registry = new Registry(config, log, () => this.plane.policy.limits, {
      clearPlaces: (ip, count) => this.plane.room.clearPlaces(ip, count),
      clearSeat: (user, network) => this.plane.room.clearSeat(user, network),
    });
    this.#service = this.#serve(readMemory);
    this.#warningLog = new WarningLog(log);
    const { descriptorCeiling } = this.#capacity;
    this.#admin = new AdminServers({ config, descriptorCeiling, snapshot: () => this.snapshot(), log });
    // Only now: the start that makes the user is the one that shows its links.
    this.madeUser = this.#registry.ensureUser();
    this.#stopWatching = watchReachability([telegramTarget(this.plane.dialer)], log);
    this.#followFronts();
  }

  get keepsUsers(): boolean {
    return this.#registry.store.isLasting;
  }

  get config(): Config {
    return this.#config;
  }

  get plane(): Plane {
    return this.#service.plane;
  }

  get users(): readonly User[] {
    return this.#registry.roster.users;
  }

  get port(): number {
    return this.#service.port;
  }

  get addresses(): string[] {
    return this.#service.addresses;
  }

  snapshot(): Snapshot {
    return this.#service.snapshot(this.users);
  }

  reload(config: Config): string[] {
    this.#config = config;
    const cut = this.#service.reload(config, this.#registry.reload(config));
    this.#followFronts();
    const waiting = restartOnlyChanges(this.#startConfig, config);
    this.#log.info('configuration reloaded', { users: this.users.length, sessionsCut: cut });
    if (waiting.length > 0) this.#log.warn('some changes need a restart', { keys: waiting.join(' ') });
    return waiting;
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopWatching();
    this.#admin.close();
    await this.#service.stop(limitMs);
    this.#registry.close();
  }

  #serve(readMemory: DaemonOptions['readMemory']): Service {
    const { roster, gate, store } = this.#registry;
    try {
      return new Service({
        config: this.#config,
        capacity: this.#capacity,
        log: this.#log,
        roster,
        gate,
        profiles: store,
        ...(readMemory && { readMemory }),
        onSample: () => this.#warningLog.follow(this.snapshot().warnings),
      });
    } catch (error) {
      this.#registry.close();
      throw error;
    }
  }

  /** Learns how the fronted sites answer. */
  #followFronts(): void {
    this.plane.fronts.follow(this.#asksSites ? frontedDomains(this.plane.policy) : []);
  }
}
