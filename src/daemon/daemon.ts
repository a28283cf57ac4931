import { controlSocketPath } from '../admin/control-path.ts';
import { ControlServer } from '../admin/control-server.ts';
import { openMetricsServer } from '../admin/metrics-server.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import { restartOnlyChanges } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import { Fronts } from '../front/fronts.ts';
import { hostPort } from '../kit/address.ts';
import type { Log } from '../kit/log.ts';
import { systemRandom } from '../kit/random.ts';
import { Listener } from '../net/listen.ts';
import { socketOptionsAvailable } from '../net/socket-options.ts';
import { Authenticator } from '../proxy/authenticator.ts';
import { dialBuffers } from '../proxy/buffer-sizes.ts';
import { Complaints } from '../proxy/complaints.ts';
import { Governor } from '../proxy/governor.ts';
import { Ledger } from '../proxy/ledger.ts';
import { Mask } from '../proxy/mask.ts';
import type { Plane } from '../proxy/plane.ts';
import { ReplayCache } from '../proxy/replay-cache.ts';
import { Roster } from '../proxy/roster.ts';
import { serveSession } from '../proxy/session.ts';
import { SessionTable } from '../proxy/session-table.ts';
import { Journal } from '../store/journal.ts';
import { openStore } from '../store/open-store.ts';
import type { ReplayKind, Store } from '../store/store.ts';
import { DataCenters } from '../telegram/data-centers.ts';
import { Dialer } from '../telegram/dialer.ts';
import { type Capacity, readCapacity } from './capacity.ts';
import { cpuAllotment } from './machine.ts';
import { Memory, type MemoryReading } from './memory.ts';
import { MemoryWatch } from './memory-watch.ts';
import { leadsBack } from './own-address.ts';
import { policyOf } from './policy.ts';
import { watchReachability } from './reachability.ts';
import { siteAddress } from './site-address.ts';
import { governorSnapshot, takeSnapshot } from './snapshot.ts';
import { allUsers, ensureUser } from './users.ts';
import { Vitals } from './vitals.ts';
import { WarningLog } from './warning-log.ts';

const PROBED_DCS = [1, 2, 3, 4, 5];
/** While descriptors are short accepting pauses and goes on again and again: that is told at most so often. */
const WARN_EVERY_MS = 60_000;

export interface DaemonOptions {
  /** Whether fronted sites are asked how they answer; default true. Off where every visit of a site is counted. */
  readonly asksSites?: boolean;
  /** How memory is, for the governor; default: what the system tells. */
  readonly readMemory?: () => MemoryReading;
}

/**
 * The proxy as one running thing: the only place that joins the parts. Started in order, stopped in reverse.
 */
export class Daemon {
  readonly plane: Plane;
  /** A first user was made at this start. */
  readonly madeUser: boolean;
  #config: Config;
  readonly #startConfig: Config;
  readonly #memory = new Memory();
  readonly #capacity: Capacity = readCapacity(this.#memory);
  readonly #log: Log;
  readonly #asksSites: boolean;
  readonly #store: Store;
  readonly #journal: Journal;
  readonly #listeners: Listener[] = [];
  #pauseToldAtMs = 0;
  #isPauseTold = false;
  readonly #stopWatching: () => void;
  readonly #startedAtMs = Date.now();
  readonly #cpus = cpuAllotment(1);
  readonly #vitals: Vitals;
  readonly #warningLog: WarningLog;
  readonly #memoryWatch: MemoryWatch;
  readonly #control: ControlServer;
  readonly #stopMetrics: () => void;

  /** Binds and serves. @throws the runtime's error with a `code` when an address can't be had; nothing stays behind */
  constructor(config: Config, log: Log, { asksSites = true, readMemory }: DaemonOptions = {}) {
    this.#asksSites = asksSites;
    this.#config = config;
    this.#startConfig = config;
    this.#log = log;
    if (!socketOptionsAvailable) log.warn('socket options cannot be set on this system: the kernel defaults are used');
    this.#store = openStore(config.dataDir, log);
    this.#journal = this.#openJournal();
    this.plane = this.#assemble();
    try {
      this.#listen();
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#memoryWatch = new MemoryWatch({
      governor: this.plane.governor,
      sessions: this.plane.sessions,
      log,
      read: readMemory ?? (() => this.#memory.read()),
      collect: () => Bun.gc(true),
    });
    this.#warningLog = new WarningLog(log);
    this.#vitals = new Vitals({
      ledger: this.plane.ledger,
      cpus: () => this.#cpus,
      listenDrops: () => this.#listeners.reduce((sum, { drops }) => sum + drops, 0),
      onSample: () => this.#warningLog.follow(this.snapshot().warnings),
    });
    this.#control = new ControlServer(controlSocketPath(config.dataDir), { snapshot: () => this.snapshot() }, log);
    this.#stopMetrics = this.#serveMetrics();
    // Only now: the start that makes the user is the one that shows its links.
    this.madeUser = ensureUser(config, this.#store);
    if (this.madeUser) this.#takeUsers(this.plane.roster);
    this.#stopWatching = watchReachability(this.#targets(), log);
    this.#followFronts();
  }

  get config(): Config {
    return this.#config;
  }

  /** The port of the first TCP listener; 0 when there is none. */
  get port(): number {
    return this.#listeners.find((listener) => listener.port !== 0)?.port ?? 0;
  }

  /** Where it accepts, as "0.0.0.0:8080" or "unix:/run/petrel.sock". */
  get addresses(): string[] {
    return this.#listeners.map(({ address }) =>
      'unix' in address ? `unix:${address.unix}` : hostPort(address.host, address.port),
    );
  }

  snapshot(): Snapshot {
    const { descriptorLimit, memoryBytes } = this.#capacity;
    const { maxConnections } = this.plane.policy.limits;
    return takeSnapshot({
      startedAtMs: this.#startedAtMs,
      addresses: this.addresses,
      isAccepting: this.#listeners.every(({ isPaused }) => !isPaused),
      plane: this.plane,
      limits: {
        sessions: maxConnections,
        descriptors: descriptorLimit,
        memoryBytes,
        cpus: this.#cpus,
      },
      governor: governorSnapshot(this.plane.governor),
      vitals: this.#vitals.read(),
    });
  }

  /**
   * Takes a checked configuration over while sessions go on; removed, disabled and re-keyed users are cut.
   * @returns key paths that changed but wait for a restart
   */
  reload(config: Config): string[] {
    this.#journal.flush(); // what a removed user has moved is kept for the day it comes back
    this.#config = config;
    this.#log.level = config.log.level;
    this.plane.policy = policyOf(config, this.#startConfig, this.#capacity);
    this.#followFronts();
    const { clientIps, replayEntries } = config.limits;
    this.plane.authenticator.resize({ clientIps, replayEntries });
    const cut = this.plane.sessions.cutUsers(new Set(this.#takeUsers(this.plane.roster)));
    const waiting = restartOnlyChanges(this.#startConfig, config);
    this.#log.info('configuration reloaded', { users: this.plane.roster.users.length, sessionsCut: cut });
    if (waiting.length > 0) this.#log.warn('some changes need a restart', { keys: waiting.join(' ') });
    return waiting;
  }

  /** Accepts no more, lets sessions finish for at most `limitMs`, then closes everything. */
  async stop(limitMs: number): Promise<void> {
    this.#stopWatching();
    this.#vitals.close();
    this.#memoryWatch.close();
    this.#control.close();
    this.#stopMetrics();
    for (const listener of this.#listeners) listener.stop();
    await this.plane.sessions.drain(limitMs);
    this.#release();
  }

  #release(): void {
    for (const listener of this.#listeners) listener.stop();
    this.plane.dialer.close();
    this.plane.fronts.close();
    this.plane.sessions.close();
    this.#journal.close();
    this.#store.close();
  }

  #openJournal(): Journal {
    return new Journal({
      store: this.#store,
      log: this.#log,
      usage: () =>
        this.plane.roster.users.map(({ terms, uplinkBytes, downlinkBytes }) => ({
          name: terms.name,
          uplinkBytes,
          downlinkBytes,
        })),
      replayEntries: () => this.#config.limits.replayEntries,
    });
  }

  #assemble(): Plane {
    const config = this.#config;
    const { telegram, limits } = config;
    const ledger = new Ledger();
    const sessions = new SessionTable(ledger);
    const governor = new Governor(this.#capacity);
    const roster = new Roster();
    this.#takeUsers(roster);
    const plane: Plane = {
      policy: policyOf(config, config, this.#capacity),
      roster,
      sessions,
      ledger,
      governor,
      log: this.#log,
      complaints: new Complaints(this.#log),
      mask: new Mask({
        ledger,
        log: this.#log,
        leadsBack: (target) => leadsBack(target, this.#addresses()),
      }),
      authenticator: new Authenticator({
        roster,
        helloReplays: this.#replayCache('hello'),
        headerReplays: this.#replayCache('header'),
        clientIps: limits.clientIps,
      }),
      fronts: new Fronts({
        store: this.#store,
        log: this.#log,
        random: systemRandom,
        siteOf: (domain) => siteAddress(plane.policy.mask, domain),
      }),
      dialer: new Dialer({
        dataCenters: new DataCenters({ preferIpv6: telegram.preferIpv6, overrides: telegram.dcOverrides }),
        timeoutMs: telegram.connectTimeoutMs,
        poolLimit: () => governor.poolLimit(telegram.poolSize),
        upstream: telegram.upstream,
        buffers: () => dialBuffers(plane.policy.limits, governor.level),
        onDialed: (dc, elapsedMs) => {
          if (elapsedMs === null) ledger.dataCenter(dc).dialFailures += 1;
          else ledger.dataCenter(dc).dials.add(elapsedMs);
        },
      }),
    };
    return plane;
  }

  #replayCache(kind: ReplayKind): ReplayCache {
    const known = this.#store.replays(kind);
    return new ReplayCache(this.#config.limits.replayEntries, known, {
      append: (digest) => this.#journal.appendDigest(kind, digest),
    });
  }

  #takeUsers(roster: Roster) {
    const usage = new Map(this.#store.usage().map((entry) => [entry.name, entry]));
    return roster.replace(allUsers(this.#config, this.#store), (name) => usage.get(name) ?? null);
  }

  #listen(): void {
    let { port } = this.#config;
    for (const socket of this.#config.listen) {
      const listener = new Listener({
        address: socket.kind === 'unix' ? { unix: socket.path } : { host: socket.host, port },
        reusePort: this.#config.workers > 1,
        descriptorCeiling: this.#capacity.descriptorCeiling,
        onConnection: (conn) => void serveSession(conn, this.plane),
        onPause: (isPaused) => this.#accepting(isPaused),
      });
      this.#listeners.push(listener);
      if (listener.port !== 0) port = listener.port; // port 0: all addresses share the one that was given
    }
  }

  #serveMetrics(): () => void {
    const { enabled, listen, allow } = this.#config.metrics;
    if (!enabled) return () => {};
    const { descriptorCeiling } = this.#capacity;
    return openMetricsServer({ listen, allow, descriptorCeiling, snapshot: () => this.snapshot() }, this.#log);
  }

  #addresses() {
    return this.#listeners.map(({ address }) => address);
  }

  #accepting(isPaused: boolean): void {
    const now = Date.now();
    if (isPaused) this.plane.ledger.acceptPauses += 1;
    if (isPaused && now - this.#pauseToldAtMs >= WARN_EVERY_MS) {
      this.#pauseToldAtMs = now;
      this.#isPauseTold = true;
      this.#log.warn('out of file descriptors: accepting pauses (raise the limit of open files)', {
        limit: this.#capacity.descriptorLimit,
      });
    } else if (!isPaused && this.#isPauseTold) {
      this.#isPauseTold = false;
      this.#log.info('accepting goes on');
    }
  }

  /** Learns how the fronted sites answer; with masking off there is no site to look like. */
  #followFronts(): void {
    const { mask, tls, modes } = this.plane.policy;
    this.plane.fronts.follow(this.#asksSites && mask.enabled && modes.tls ? tls.domains : []);
  }

  #targets() {
    const { plane } = this;
    const telegram = async () => {
      const reasons = await Promise.all(PROBED_DCS.map((dc) => plane.dialer.probe(dc)));
      const failed = PROBED_DCS.filter((_dc, index) => reasons[index] !== null);
      return failed.length === 0 ? null : `DC ${failed.join(', ')}: ${reasons.find((reason) => reason !== null)}`;
    };
    return [{ name: 'Telegram', probe: telegram }];
  }
}
