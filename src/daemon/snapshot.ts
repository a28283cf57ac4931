import { version } from '../../package.json';
import type { GovernorSnapshot, Snapshot, UserSnapshot } from '../admin/snapshot.ts';
import { warningSigns } from '../admin/warning-signs.ts';
import type { Governor } from '../proxy/governor.ts';
import type { User } from '../proxy/user.ts';

type Told = 'startedAtMs' | 'addresses' | 'pause' | 'isDraining' | 'surroundings';
type Counted = 'ledger' | 'ready' | 'failing' | 'limits' | 'governor' | 'vitals' | 'lobby';

export interface SnapshotSources extends Pick<Snapshot, Told | Counted> {
  readonly users: readonly User[];
}

/**
 * Takes the figures of this moment; what it returns does not change any more. Only what goes on counting is cloned: with ten
 * thousand users a clone of the whole takes the event loop tens of milliseconds.
 */
export function takeSnapshot({ ledger, users, vitals, ...sources }: SnapshotSources): Snapshot {
  const figures = {
    ...sources,
    version,
    runtime: `Bun ${Bun.version}`,
    pid: process.pid,
    atMs: Date.now(),
    ledger: structuredClone(ledger),
    users: users.map(userSnapshot),
    vitals: { ...vitals, loopLag: structuredClone(vitals.loopLag) },
    workers: [],
    workersReplaced: 0,
  };
  return { ...figures, warnings: warningSigns(figures) };
}

export function governorSnapshot(governor: Governor): GovernorSnapshot {
  const { level, place, usedBytes, limitBytes, othersBytes, budget, refused, closedIdle } = governor;
  return {
    level,
    place,
    usedBytes,
    limitBytes,
    othersBytes,
    bufferBytes: budget.chargedBytes,
    bufferBudgetBytes: budget.limitBytes,
    refused,
    closedIdle,
  };
}

function userSnapshot(user: User): UserSnapshot {
  const { terms, connections, networks, sessions, uplinkBytes, downlinkBytes, uplinkMessages, downlinkMessages } = user;
  return {
    name: terms.name,
    isEnabled: terms.enabled,
    connections,
    maxConnections: terms.maxConnections,
    networks: networks.size,
    maxNetworks: terms.maxIps,
    sessions,
    uplinkBytes,
    downlinkBytes,
    quotaBytes: terms.quotaBytes,
    expiresAtMs: terms.expiresAtMs,
    uplinkMessages,
    downlinkMessages,
  };
}
