import type { Snapshot, SurroundingsSnapshot } from '../admin/snapshot.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';
import { endpointText } from '../net/endpoint.ts';
import { socketOptionsAvailable } from '../net/socket-options.ts';
import type { Plane } from '../proxy/plane.ts';
import { serveSession } from '../proxy/session.ts';
import { socketBytesOf } from '../proxy/socket-bytes.ts';
import type { User } from '../proxy/user.ts';
import { assemblePlane, type PlaneParts } from './assemble-plane.ts';
import type { Capacity } from './capacity.ts';
import { Listeners } from './listeners.ts';
import { cpuAllotment } from './machine.ts';
import { Memory, type MemoryReading } from './memory.ts';
import { MemoryWatch } from './memory-watch.ts';
import { policyOf } from './policy.ts';
import { governorSnapshot, takeSnapshot } from './snapshot.ts';
import { Vitals } from './vitals.ts';

export interface ServiceParts extends Omit<PlaneParts, 'addresses'> {
  /** How memory is, for the governor; default: what the system tells. */
  readonly readMemory?: () => MemoryReading;
  /** The vital signs were looked at anew. */
  readonly onSample: () => void;
}

/** What a process that serves sessions has: its data plane, its listeners and its vital signs. */
export class Service {
  readonly plane: Plane;
  readonly #capacity: Capacity;
  readonly #startConfig: Config;
  readonly #listeners: Listeners;
  readonly #vitals: Vitals;
  readonly #memoryWatch: MemoryWatch;
  readonly #cpus = cpuAllotment(1);
  readonly #startedAtMs = Date.now();
  #isDraining = false;

  /** Binds and serves. @throws the runtime's error with a `code` when an address can't be had; nothing stays behind */
  constructor(parts: ServiceParts) {
    const { config, capacity, log } = parts;
    this.#startConfig = config;
    this.#capacity = capacity;
    if (!socketOptionsAvailable) log.warn('socket options cannot be set on this system: the kernel defaults are used');
    this.plane = assemblePlane({ ...parts, addresses: () => this.#listeners.addresses });
    this.#listeners = this.#listen(log);
    const memory = new Memory({
      processes: config.workers,
      proxyPid: config.workers === 1 ? process.pid : process.ppid,
      ...(socketOptionsAvailable && { socketBytes: () => socketBytesOf(this.plane.sessions.all) }),
    });
    this.#memoryWatch = new MemoryWatch({
      governor: this.plane.governor,
      sessions: this.plane.sessions,
      log,
      read: parts.readMemory ?? (() => memory.read()),
      collect: () => Bun.gc(true),
    });
    this.#vitals = new Vitals({
      ledger: this.plane.ledger,
      cpus: () => this.#cpus,
      listenDrops: () => this.#listeners.drops,
      onSample: parts.onSample,
    });
  }

  /** The port of the first TCP listener; 0 when there is none. */
  get port(): number {
    return this.#listeners.port;
  }

  /** Where it accepts, as "0.0.0.0:8080" or "unix:/run/petrel/petrel.sock". */
  get addresses(): string[] {
    return this.#listeners.addresses.map(endpointText);
  }

  /** @param users those to show */
  snapshot(users: readonly User[], surroundings: SurroundingsSnapshot): Snapshot {
    const { descriptorLimit, memoryBytes } = this.#capacity;
    const { plane } = this;
    return takeSnapshot({
      startedAtMs: this.#startedAtMs,
      addresses: this.addresses,
      pause: this.#isDraining || this.#listeners.isAccepting ? null : 'descriptors',
      isDraining: this.#isDraining,
      surroundings,
      ledger: plane.ledger,
      users,
      ready: plane.dialer.ready(),
      failing: plane.dialer.failing(),
      limits: {
        sessions: plane.policy.limits.maxConnections,
        descriptors: descriptorLimit,
        memoryBytes,
        cpus: this.#cpus,
      },
      governor: governorSnapshot(plane.governor),
      vitals: this.#vitals.read(),
      lobby: { waiting: plane.sessions.lobby.size, crowd: plane.sessions.lobby.crowd },
    });
  }

  /** Follows a new configuration. @param ended users whose sessions have to end @returns how many were cut */
  reload(config: Config, ended: readonly User[]): number {
    this.plane.log.level = config.log.level;
    this.plane.policy = policyOf(config, this.#startConfig, this.#capacity);
    this.plane.authenticator.resize(config.limits.clientIps);
    return this.plane.sessions.cutUsers(new Set(ended));
  }

  /** Accepts no more from the call on, lets sessions finish for at most `limitMs`, then closes everything. */
  async stop(limitMs: number): Promise<void> {
    this.#isDraining = true;
    this.#vitals.close();
    this.#memoryWatch.close();
    this.#listeners.stop();
    await this.plane.sessions.drain(limitMs);
    this.#closePlane();
  }

  #listen(log: Log): Listeners {
    try {
      return new Listeners({
        config: this.#startConfig,
        capacity: this.#capacity,
        log,
        onConnection: (conn) => {
          void serveSession(conn, this.plane);
          this.plane.dialer.trim(); // one session more: less room for connections opened ahead
        },
        onPause: () => this.#outOfDescriptors(),
      });
    } catch (error) {
      this.#closePlane();
      throw error;
    }
  }

  /** Until some are free nobody is accepted, and so nobody makes room: those that have proved nothing go now. */
  #outOfDescriptors(): void {
    this.plane.ledger.acceptPauses += 1;
    this.plane.sessions.displace(null, this.#capacity.spareSockets);
  }

  #closePlane(): void {
    this.plane.dialer.close();
    this.plane.fronts.close();
    this.plane.mask.close();
    this.plane.sessions.close();
  }
}
