import type { Snapshot } from '../admin/snapshot.ts';
import { restartOnlyChanges } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';
import type { Plane } from '../proxy/plane.ts';
import type { User } from '../proxy/user.ts';
import { PRODUCTION_DCS } from '../telegram/data-centers.ts';
import { AdminServers } from './admin-servers.ts';
import { type Capacity, readCapacity } from './capacity.ts';
import { linkSourceOf } from './link-source.ts';
import type { MemoryReading } from './memory.ts';
import { frontedDomains } from './policy.ts';
import { Registry } from './registry.ts';
import type { RunningProxy } from './running-proxy.ts';
import { Service } from './service.ts';
import { Surroundings } from './surroundings.ts';
import type { LookTimes } from './telegram-watch.ts';
import { WarningLog } from './warning-log.ts';

export interface DaemonOptions {
  /** Whether fronted sites are asked how they answer; default true. Off where every visit of a site is counted. */
  readonly asksSites?: boolean;
  /** Whether data centres are asked without any session; default true. Off where every connection is counted. */
  readonly asksTelegram?: boolean;
  /** When they are; default: every few minutes. */
  readonly looks?: LookTimes;
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
  readonly #surroundings: Surroundings;

  /**
   * Binds and serves; nothing stays behind when it can't.
   * @throws PetrelError when another process has the data folder, the runtime's error with a `code` when an address can't be had
   */
  constructor(config: Config, log: Log, options: DaemonOptions = {}) {
    this.#asksSites = options.asksSites ?? true;
    this.#config = config;
    this.#startConfig = config;
    this.#log = log;
    this.#capacity = readCapacity(1, config.listen.length);
    const onStorageChange = () => this.#warn();
    this.#registry = new Registry({
      config,
      limits: () => this.plane.policy.limits,
      room: {
        clearPlaces: (ip, count) => this.plane.room.clearPlaces(ip, count),
        clearSeat: (user, network) => this.plane.room.clearSeat(user, network),
      },
      onStorageChange,
    });
    this.#service = this.#serve(options.readMemory);
    this.#surroundings = this.#lookAround(options);
    this.#warningLog = new WarningLog(log);
    this.#warn();
    this.#admin = this.#openAdmin();
    // Only now: the start that makes the user is the one that shows its links.
    this.madeUser = this.#registry.ensureUser();
    this.#followFronts();
  }

  get keepsUsers(): boolean {
    return this.#registry.keepsUsers;
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
    return this.#service.snapshot(this.users, this.#surroundings.snapshot());
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
    this.#surroundings.close();
    this.#admin.stopMetrics();
    const drained = this.#service.stop(limitMs);
    this.#registry.leaveFolder(); // accepting is over: the next process may begin
    await drained;
    this.#admin.close();
    await this.#registry.close();
  }

  #serve(readMemory: DaemonOptions['readMemory']): Service {
    const { roster, gate, profiles } = this.#registry;
    try {
      return new Service({
        config: this.#config,
        capacity: this.#capacity,
        log: this.#log,
        roster,
        gate,
        profiles,
        news: {
          dataCenter: (dc, reason) => this.#surroundings.dataCenter(dc, reason),
          address: (dc, isFailing) => this.#surroundings.address(dc, isFailing),
          site: (domain, reason) => this.#surroundings.site(domain, reason),
        },
        onSiteChange: () => this.#warn(),
        ...(readMemory && { readMemory }),
        onSample: () => {
          this.#surroundings.follow();
          this.#warn();
        },
      });
    } catch (error) {
      void this.#registry.close();
      throw error;
    }
  }

  #lookAround({ asksTelegram = true, looks }: DaemonOptions): Surroundings {
    return new Surroundings({
      dialer: this.plane.dialer,
      fronts: this.plane.fronts,
      registry: this.#registry,
      policy: () => this.plane.policy,
      onChange: () => this.#warn(),
      dcs: asksTelegram ? PRODUCTION_DCS : [],
      looks,
    });
  }

  #openAdmin(): AdminServers {
    return new AdminServers({
      config: this.#config,
      ownsFolder: this.#registry.ownsFolder,
      descriptorCeiling: this.#capacity.descriptorCeiling,
      snapshot: () => this.snapshot(),
      links: () =>
        linkSourceOf(
          this.#config,
          this.port,
          this.users.map(({ terms }) => terms),
        ),
      log: this.#log,
    });
  }

  /** Tells what has become wrong, and what is so no more. */
  #warn(): void {
    this.#warningLog.follow(this.snapshot().warnings);
  }

  /** Learns how the fronted sites answer. */
  #followFronts(): void {
    this.plane.fronts.follow(this.#asksSites ? frontedDomains(this.plane.policy) : []);
  }
}
