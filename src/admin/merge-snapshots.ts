import { sumCounters } from '../kit/sum-counters.ts';
import { pressureOf } from '../proxy/pressure.ts';
import type { Failing } from '../telegram/standing.ts';
import type { Pause } from './pause.ts';
import {
  GOVERNOR_LEVELS,
  type GovernorSnapshot,
  type LobbySnapshot,
  type Snapshot,
  type VitalsSnapshot,
} from './snapshot.ts';
import { warningSigns } from './warning-signs.ts';

export interface SnapshotParts {
  /** Of the process that decides: users, limits, addresses, the machine. */
  readonly primary: Snapshot;
  /** Of the processes that serve. */
  readonly workers: readonly Snapshot[];
  /** What workers that are no more have counted (see `retired`). */
  readonly past: readonly Snapshot[];
  readonly workersReplaced: number;
}

/** The figures of several processes as those of one proxy. */
export function mergeSnapshots({ primary, workers, past, workersReplaced }: SnapshotParts): Snapshot {
  const all = [primary, ...workers, ...past];
  const [first, ...others] = all.map(({ ledger }) => ledger);
  const figures = {
    ...primary,
    pause: mergePauses(workers),
    ledger: sumCounters(first ?? primary.ledger, ...others),
    ready: sumCounters<Readonly<Record<string, number>>>({}, ...workers.map(({ ready }) => ready)),
    failing: mergeFailing(workers),
    governor: mergeGovernors(primary, workers, past),
    vitals: mergeVitals(primary, workers, past),
    lobby: mergeLobbies(workers),
    workers: workers.map(({ pid, ledger, vitals: { rssBytes, cpuSeconds } }) => ({
      pid,
      sessions: ledger.open,
      rssBytes,
      cpuSeconds,
    })),
    workersReplaced,
  };
  return { ...figures, warnings: warningSigns(figures) };
}

/** Each worker finds out for itself: an address that one of them takes for failing is shown, and once. */
function mergeFailing(workers: readonly Snapshot[]): Snapshot['failing'] {
  const merged = new Map<string, Map<string, Failing>>();
  for (const [dc, all] of workers.flatMap(({ failing }) => Object.entries(failing))) {
    const byAddress = merged.get(dc) ?? new Map<string, Failing>();
    for (const one of all) byAddress.set(one.address, one);
    merged.set(dc, byAddress);
  }
  return Object.fromEntries([...merged].map(([dc, byAddress]) => [dc, [...byAddress.values()]]));
}

/** One that pauses is enough: the kernel goes on giving it its share of connections. */
function mergePauses(workers: readonly Snapshot[]): Pause | null {
  if (workers.length === 0) return 'workers';
  return workers.find(({ pause }) => pause !== null)?.pause ?? null;
}

/** What a worker that has ended leaves behind: its counters. The sessions that it had are lost, and nothing of it stands. */
export function retired(last: Snapshot): Snapshot {
  const ledger = structuredClone(last.ledger);
  ledger.outcomes.lost += ledger.open;
  ledger.open = 0;
  ledger.relaying = 0;
  ledger.splicing = 0;
  for (const mode of Object.keys(ledger.relayingByMode)) Reflect.set(ledger.relayingByMode, mode, 0);
  return { ...last, ledger, ready: {}, failing: {}, lobby: { ...last.lobby, waiting: 0 } };
}

/**
 * The worst level, and the figures of the process that is nearest to its end: each reckons what all of them hold, so that no
 * sum is right. At least what the processes have resident, where that counts.
 */
function mergeGovernors(primary: Snapshot, workers: readonly Snapshot[], past: readonly Snapshot[]): GovernorSnapshot {
  const standing = workers.map(({ governor }) => governor);
  const nearest = [primary.governor, ...standing].reduce((one, other) =>
    pressureOf(other) > pressureOf(one) ? other : one,
  );
  const worst = Math.max(0, ...standing.map(({ level }) => GOVERNOR_LEVELS.indexOf(level)));
  const all = [...standing, ...past.map(({ governor }) => governor)];
  const resident = total(
    [primary, ...workers].map(({ vitals }) => vitals),
    'rssBytes',
  );
  return {
    level: GOVERNOR_LEVELS[worst] ?? 'normal',
    place: nearest.place,
    usedBytes: nearest.place === 'sockets' ? nearest.usedBytes : Math.max(nearest.usedBytes, resident),
    limitBytes: nearest.limitBytes,
    othersBytes: nearest.othersBytes,
    bufferBytes: total(standing, 'bufferBytes'),
    bufferBudgetBytes: total(standing, 'bufferBudgetBytes'),
    refused: total(all, 'refused'),
    closedIdle: total(all, 'closedIdle'),
  };
}

/** The crowd that has most over all workers: one network's connections are spread over them. */
function mergeLobbies(workers: readonly Snapshot[]): LobbySnapshot {
  const lobbies = workers.map(({ lobby }) => lobby);
  const crowds = Map.groupBy(
    lobbies.flatMap(({ crowd }) => (crowd === null ? [] : [crowd])),
    ({ network }) => network,
  );
  const summed = [...crowds].map(([network, parts]) => ({ network, connections: total(parts, 'connections') }));
  const [crowd = null] = summed.sort((one, other) => other.connections - one.connections);
  return { waiting: total(lobbies, 'waiting'), crowd };
}

/** Amounts are summed; descriptors, which each process has a limit of its own for, are those of the one that has the most. */
function mergeVitals(primary: Snapshot, workers: readonly Snapshot[], past: readonly Snapshot[]): VitalsSnapshot {
  const standing = [primary, ...workers].map(({ vitals }) => vitals);
  const all = [...standing, ...past.map(({ vitals }) => vitals)];
  /** Each process has its share of its own processors; the whole has its share of the whole's. */
  const share = (name: 'cpuShare' | 'cpuMinuteShare') =>
    [primary, ...workers].reduce((sum, { vitals, limits }) => sum + vitals[name] * limits.cpus, 0) /
    primary.limits.cpus;
  const [lag, ...lags] = all.map(({ loopLag }) => loopLag);
  return {
    ...primary.vitals,
    rssBytes: total(standing, 'rssBytes'),
    cpuSeconds: total(all, 'cpuSeconds'),
    cpuShare: share('cpuShare'),
    cpuMinuteShare: share('cpuMinuteShare'),
    uplinkBytesPerSecond: total(standing, 'uplinkBytesPerSecond'),
    downlinkBytesPerSecond: total(standing, 'downlinkBytesPerSecond'),
    descriptors: Math.max(...standing.map(({ descriptors }) => descriptors)),
    loopLag: sumCounters(lag ?? primary.vitals.loopLag, ...lags),
    worstLagMs: Math.max(...standing.map(({ worstLagMs }) => worstLagMs)),
    listenDrops: total(standing, 'listenDrops'),
    listenDropsSinceStart: total(all, 'listenDropsSinceStart'),
    sessionsRefused: total(standing, 'sessionsRefused'),
    displaced: total(standing, 'displaced'),
    userBytes: total(standing, 'userBytes'),
    strangerBytes: total(standing, 'strangerBytes'),
    tlsAdmitted: total(standing, 'tlsAdmitted'),
    tlsRefusedForClock: total(standing, 'tlsRefusedForClock'),
  };
}

function total<Name extends string>(parts: readonly { readonly [name in Name]: number }[], name: Name): number {
  return parts.reduce((sum, part) => sum + part[name], 0);
}
