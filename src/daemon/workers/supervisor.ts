import { version } from '../../../package.json';
import type { Snapshot } from '../../admin/snapshot.ts';
import { restartOnlyChanges } from '../../config/changes.ts';
import type { Config } from '../../config/schema.ts';
import type { Fronts } from '../../front/fronts.ts';
import { MARK_KEY_BYTES } from '../../front/own-marks.ts';
import type { Log } from '../../kit/log.ts';
import { systemRandom } from '../../kit/random.ts';
import type { Policy } from '../../proxy/policy.ts';
import type { User } from '../../proxy/user.ts';
import { PRODUCTION_DCS } from '../../telegram/data-centers.ts';
import type { Dialer } from '../../telegram/dialer.ts';
import { AdminServers } from '../admin-servers.ts';
import { type Capacity, readCapacity } from '../capacity.ts';
import { linkSourceOf } from '../link-source.ts';
import { frontedDomains, policyOf } from '../policy.ts';
import { Registry } from '../registry.ts';
import type { RunningProxy } from '../running-proxy.ts';
import { Surroundings } from '../surroundings.ts';
import { type Claim, claimPort } from './claim-port.ts';
import { Crew } from './crew.ts';
import { CrewRoom } from './crew-room.ts';
import { Desks } from './desks.ts';
import { Figures } from './figures.ts';
import { FirstStart } from './first-start.ts';
import type { News, Report, ReportOf, Terms } from './messages.ts';
import { openFronts } from './open-fronts.ts';
import { Overview } from './overview.ts';
import { proberOf } from './prober.ts';
import { addMoves } from './usage-exchange.ts';
import { Watchdog } from './watchdog.ts';
import { workerCommand } from './worker-command.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Beyond the drain's limit: to close what was cut, and to report. */
const FAREWELL_MS = 1_000;

export interface SupervisorOptions {
  /** After so long without a byte a session may give way to others of its user; default: `SILENCE_MS`. */
  readonly silenceMs?: number;
}

/**
 * The proxy in several processes. This one serves no session: it decides and keeps what is shared, asks the fronted
 * sites, answers the control socket, and watches over its workers.
 */
export class Supervisor implements RunningProxy {
  readonly madeUser: boolean;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly #claim: Claim;
  #config: Config;
  #policy: Policy;
  readonly #startConfig: Config;
  readonly #capacity: Capacity;
  readonly #log: Log;
  readonly #room: CrewRoom;
  readonly #registry: Registry;
  /** What the workers know their own visits of fronted sites by. */
  readonly #markKey = systemRandom(MARK_KEY_BYTES);
  readonly #fronts: Fronts;
  readonly #dialer: Dialer;
  readonly #figures = new Figures();
  readonly #watchdog = new Watchdog<WorkerProcess>((worker) => this.#endSilent(worker));
  readonly #desks: Desks;
  readonly #firstStart: FirstStart;
  readonly #crew: Crew;
  readonly #overview: Overview;
  #admin: AdminServers | null = null;
  readonly #surroundings: Surroundings;

  /** Starts the workers and waits until all serve. @throws the runtime's error with a `code` when an address can't be had */
  static async start(config: Config, log: Log, options: SupervisorOptions = {}): Promise<Supervisor> {
    const supervisor = new Supervisor(config, log, options);
    try {
      await supervisor.#firstStart.done;
    } catch (error) {
      await supervisor.#release(0);
      throw error;
    }
    supervisor.#open();
    return supervisor;
  }

  private constructor(config: Config, log: Log, { silenceMs }: SupervisorOptions) {
    const { workers } = config;
    this.#config = config;
    this.#startConfig = config;
    this.#log = log;
    const share = readCapacity(workers, config.listen.length);
    this.#capacity = { ...share, sessions: share.sessions * workers, memoryBytes: share.memoryBytes * workers };
    this.#policy = policyOf(config, config, this.#capacity);
    this.#claim = claimPort(config, share, log);
    ({ port: this.port, addresses: this.addresses } = this.#claim);
    const onChange = () => this.#overview.warn();
    this.#room = new CrewRoom(() => this.#figures.byWaiting(this.#crew.workers), silenceMs);
    this.#registry = new Registry({
      config,
      limits: () => this.#policy.limits,
      room: this.#room,
      onStorageChange: onChange,
    });
    this.madeUser = this.#registry.ensureUser();
    this.#desks = new Desks(this.#registry, (user) => this.#shareRate(user));
    this.#fronts = openFronts({
      store: this.#registry.profiles,
      log,
      markKey: this.#markKey,
      policy: () => this.#policy,
      tell: (order) => this.#crew.broadcast(order),
      onChange,
    });
    this.#dialer = proberOf(config);
    this.#surroundings = new Surroundings({
      dialer: this.#dialer,
      fronts: this.#fronts,
      registry: this.#registry,
      policy: () => this.#policy,
      onChange,
      dcs: PRODUCTION_DCS,
    });
    this.#firstStart = new FirstStart(workers);
    this.#crew = new Crew({
      size: workers,
      command: workerCommand(),
      log,
      onReport: (worker, report) => this.#take(worker, report),
      onGone: (worker) => this.#clear(worker),
    });
    this.#overview = new Overview({
      figures: this.#figures,
      capacity: this.#capacity,
      processes: workers,
      addresses: this.addresses,
      log,
      users: () => this.users,
      maxSessions: () => this.#policy.limits.maxConnections,
      workersReplaced: () => this.#crew.replaced,
      surroundings: () => this.#surroundings.snapshot(),
      isDraining: () => this.#crew.isStopping,
      onSample: () => this.#surroundings.follow(),
    });
  }

  get keepsUsers(): boolean {
    return this.#registry.keepsUsers;
  }

  get config(): Config {
    return this.#config;
  }

  get users(): readonly User[] {
    return this.#registry.roster.users;
  }

  async snapshot(): Promise<Snapshot> {
    await this.#figures.renew((order) => this.#crew.broadcast(order));
    return this.#overview.snapshot();
  }

  reload(config: Config): string[] {
    this.#config = config;
    this.#log.level = config.log.level;
    this.#policy = policyOf(config, this.#startConfig, this.#capacity);
    this.#registry.reload(config);
    this.#crew.broadcast({ kind: 'reload', ...this.#terms() });
    for (const user of this.users) this.#shareRate(user);
    this.#fronts.follow(frontedDomains(this.#policy));
    const waiting = restartOnlyChanges(this.#startConfig, config);
    this.#log.info('configuration reloaded', { users: this.users.length });
    if (waiting.length > 0) this.#log.warn('some changes need a restart', { keys: waiting.join(' ') });
    return waiting;
  }

  async stop(limitMs: number): Promise<void> {
    this.#admin?.stopMetrics();
    this.#crew.broadcast({ kind: 'stop', limitMs });
    this.#registry.leaveFolder(); // the workers accept no more: the next process may begin
    await this.#release(limitMs + FAREWELL_MS);
  }

  /** What waits until the workers serve. */
  #open(): void {
    const { descriptorCeiling } = this.#capacity;
    const [config, log] = [this.#config, this.#log];
    const { ownsFolder } = this.#registry;
    const links = () =>
      linkSourceOf(
        this.#config,
        this.port,
        this.users.map(({ terms }) => terms),
      );
    const snapshot = () => this.snapshot();
    this.#admin = new AdminServers({ config, ownsFolder, descriptorCeiling, snapshot, links, log });
    this.#fronts.follow(frontedDomains(this.#policy));
    this.#overview.warn();
  }

  async #release(limitMs: number): Promise<void> {
    this.#watchdog.close();
    this.#surroundings.close();
    await this.#crew.stop(limitMs);
    this.#overview.close();
    this.#admin?.close();
    this.#fronts.close();
    this.#dialer.close();
    await this.#registry.close();
  }

  #take(worker: WorkerProcess, report: Report): void {
    this.#watchdog.heard(worker);
    switch (report.kind) {
      case 'ready':
        this.#welcome(worker, report);
        break;
      case 'serving':
        this.#firstStart.serves(worker.number);
        break;
      case 'failed':
        this.#log.error('a worker cannot listen', { worker: worker.number, reason: report.message });
        this.#firstStart.failed(report);
        worker.dismiss();
        break;
      case 'enter':
      case 'admit':
      case 'release':
        this.#desks.serve(worker, report);
        break;
      case 'counted':
      case 'present':
        this.#room.take(report);
        break;
      case 'moved':
        addMoves(this.#registry.roster, report.moves);
        this.#crew.broadcast(report, worker);
        break;
      case 'news':
        this.#hear(report.news);
        break;
      case 'figures':
        this.#figures.take(worker, report);
        break;
      case 'stopped':
        worker.dismiss();
    }
  }

  #hear(news: News): void {
    switch (news.of) {
      case 'data-center':
        this.#surroundings.dataCenter(news.dc, news.reason);
        break;
      case 'address':
        this.#surroundings.address(news.dc, news.isFailing);
        break;
      case 'site':
        this.#surroundings.site(news.domain, news.reason);
    }
  }

  #welcome(worker: WorkerProcess, { version: found }: ReportOf<'ready'>): void {
    if (this.#crew.isStopping) {
      worker.dismiss();
      return;
    }
    if (found !== version) {
      this.#log.error('the program was replaced by another version: restart Petrel', { found, running: version });
      worker.kill();
      return;
    }
    this.#desks.open(worker);
    const profiles = this.#registry.profiles.profileTexts();
    worker.post({ kind: 'start', number: worker.number, profiles, markKey: this.#markKey, ...this.#terms() });
  }

  #clear(worker: WorkerProcess): void {
    this.#watchdog.forget(worker);
    this.#desks.close(worker);
    this.#figures.retire(worker);
    this.#firstStart.ended(worker.number);
  }

  #endSilent(worker: WorkerProcess): void {
    this.#log.error('a worker does not answer any more, and is ended', { worker: worker.number, pid: worker.pid });
    worker.kill();
  }

  #terms(): Terms {
    const { port, listen } = this.#claim;
    const config = { ...this.#config, port, listen };
    return { config, users: this.users.map(({ terms }) => terms), usage: this.#registry.usage() };
  }

  #shareRate({ terms, connections }: User): void {
    if (terms.rateBytesPerSecond > 0) this.#crew.broadcast({ kind: 'share', name: terms.name, connections });
  }
}
