import type { Histogram } from '../kit/histogram.ts';
import type { Ledger } from '../proxy/ledger.ts';
import type { Crowd } from '../proxy/lobby.ts';
import type { MemoryPlace } from '../proxy/pressure.ts';
import type { Failing } from '../telegram/standing.ts';
import type { Pause } from './pause.ts';
import type { WarningSign } from './warning-signs.ts';

/**
 * The figures of one moment: what `status`, metrics, the log's warnings and the dashboard show. Plain values only, so that
 * it passes through JSON unchanged. Bytes, seconds and milliseconds as the names say; counters run from the start of the process.
 */
export interface Snapshot {
  readonly version: string;
  /** What it runs on, such as "Bun 1.4.5". */
  readonly runtime: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly atMs: number;
  /** Where it accepts, such as "0.0.0.0:8080". */
  readonly addresses: readonly string[];
  /** Why no connections are accepted now; null while they are. */
  readonly pause: Pause | null;
  /** It stops: sessions that stand may finish, and no more are accepted. */
  readonly isDraining: boolean;
  readonly surroundings: SurroundingsSnapshot;
  readonly ledger: Ledger;
  readonly users: readonly UserSnapshot[];
  /** Connections opened ahead that stand ready, by data centre. */
  readonly ready: Readonly<Record<string, number>>;
  /** Addresses that take connections and do not answer, by the data centre's number (its media id has the same). */
  readonly failing: Readonly<Record<string, readonly Failing[]>>;
  readonly limits: LimitsSnapshot;
  readonly governor: GovernorSnapshot;
  readonly vitals: VitalsSnapshot;
  readonly lobby: LobbySnapshot;
  readonly warnings: readonly WarningSign[];
  /** The processes that serve, where there are several; empty where one process does everything. */
  readonly workers: readonly WorkerSnapshot[];
  /** Workers that ended and were replaced. */
  readonly workersReplaced: number;
}

/** What the proxy needs to be of use, as it was found last. */
export interface SurroundingsSnapshot {
  /** By data centre that was looked at: null when it answers, else why it does not. */
  readonly dataCenters: Readonly<Record<string, string | null>>;
  /** Fronted sites that are of no use, by domain. */
  readonly sites: Readonly<Record<string, SiteTroubleSnapshot>>;
  /** Why what should outlive the process may be lost; null: it will not be. */
  readonly storage: StorageTroubleSnapshot | null;
  /** How far this machine's clock is ahead of Telegram's; null: not known. */
  readonly clockAheadMs: number | null;
  /** How far a fake-TLS client's clock may be off; null where none are served. */
  readonly clockAllowedMs: number | null;
}

export interface SiteTroubleSnapshot {
  readonly kind: 'unreachable' | 'unfit';
  readonly reason: string;
}

export interface StorageTroubleSnapshot {
  /** The folder can't be used at all, its database is damaged, or it can't be written any more. */
  readonly kind: 'unusable' | 'damaged' | 'unwritable';
  readonly reason: string;
}

export interface WorkerSnapshot {
  readonly pid: number;
  /** Sessions that stand. */
  readonly sessions: number;
  readonly rssBytes: number;
  readonly cpuSeconds: number;
}

export interface UserSnapshot {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Sessions that stand now. */
  readonly connections: number;
  readonly maxConnections: number; // 0: no limit
  /** Networks that have a session now. */
  readonly networks: number;
  readonly maxNetworks: number; // 0: no limit
  /** Sessions admitted since the start. */
  readonly sessions: number;
  /** Bytes over all starts: what the quota counts. */
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
  readonly quotaBytes: number; // 0: no limit
  readonly expiresAtMs: number | null;
  /** Chunks moved since the start. */
  readonly uplinkMessages: number;
  readonly downlinkMessages: number;
}

export interface LimitsSnapshot {
  /** Sessions at once; 0: no limit. */
  readonly sessions: number;
  readonly descriptors: number;
  /** Memory of the container or the host, whichever is less. */
  readonly memoryBytes: number;
  /** Processors the process may keep busy, such as 0.8. */
  readonly cpus: number;
}

/** Connections that have proved nothing yet: silent or half-spoken ones, and strangers that wait for the fronted site. */
export interface LobbySnapshot {
  readonly waiting: number;
  /** Who had most of them when some had to make room for others; null: that never happened. */
  readonly crowd: Crowd | null;
}

export const GOVERNOR_LEVELS = ['normal', 'tight', 'critical'] as const;
export type GovernorLevel = (typeof GOVERNOR_LEVELS)[number];

export interface GovernorSnapshot {
  readonly level: GovernorLevel;
  /** Where memory is nearest to its end: the next three figures are of this place. */
  readonly place: MemoryPlace;
  /** What the proxy holds, the kernel's memory for its sockets included. */
  readonly usedBytes: number;
  /** What it may come to: what it holds and what is left. */
  readonly limitBytes: number;
  /** What others hold. */
  readonly othersBytes: number;
  /** Socket buffers charged to sessions, and how much may be. */
  readonly bufferBytes: number;
  readonly bufferBudgetBytes: number;
  /** Sessions refused and idle ones closed for want of memory. */
  readonly refused: number;
  readonly closedIdle: number;
}

/** How the process and its machine are. */
export interface VitalsSnapshot {
  readonly rssBytes: number;
  readonly cpuSeconds: number;
  /** The part of `limits.cpus` that is used, of late and over the last minute; 1 is all of it. */
  readonly cpuShare: number;
  readonly cpuMinuteShare: number;
  /** Bytes a second of late. */
  readonly uplinkBytesPerSecond: number;
  readonly downlinkBytesPerSecond: number;
  readonly descriptors: number;
  readonly swapUsedBytes: number;
  /** How late the event loop came to a timer, milliseconds. */
  readonly loopLag: Histogram;
  /** The latest it came in the last minute. */
  readonly worstLagMs: number;
  /** Connections that the kernel dropped because we did not accept them in time, in the last five minutes. */
  readonly listenDrops: number;
  /** The same since the start. */
  readonly listenDropsSinceStart: number;
  /** Sessions refused because too many stood or descriptors ran out, in the last five minutes. */
  readonly sessionsRefused: number;
  /** Connections that had proved nothing and were closed to make room, in the last five minutes. */
  readonly displaced: number;
  /** Bytes both ways that users and strangers moved in the last five minutes. */
  readonly userBytes: number;
  readonly strangerBytes: number;
  /** Fake-TLS clients with a right secret of the last five minutes: admitted, and refused because of their clock. */
  readonly tlsAdmitted: number;
  readonly tlsRefusedForClock: number;
  /** Processes of this container (else of this machine) that the kernel killed for want of memory since the start. */
  readonly oomKills: number;
}
