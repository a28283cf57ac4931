import { version } from '../../package.json';
import type { GovernorSnapshot, LimitsSnapshot, Snapshot, UserSnapshot, VitalsSnapshot } from '../admin/snapshot.ts';
import { warningSigns } from '../admin/warning-signs.ts';
import type { Plane } from '../proxy/plane.ts';
import type { User } from '../proxy/user.ts';

export interface SnapshotSources {
  readonly startedAtMs: number;
  readonly addresses: readonly string[];
  readonly isAccepting: boolean;
  readonly plane: Plane;
  readonly limits: LimitsSnapshot;
  readonly governor: GovernorSnapshot;
  readonly vitals: VitalsSnapshot;
}

/** Takes the figures of this moment; what it returns does not change any more. */
export function takeSnapshot({ plane, ...sources }: SnapshotSources): Snapshot {
  const figures = {
    ...sources,
    version,
    pid: process.pid,
    atMs: Date.now(),
    ledger: plane.ledger,
    users: plane.roster.users.map(userSnapshot),
    ready: plane.dialer.ready(),
  };
  return structuredClone({ ...figures, warnings: warningSigns(figures) });
}

function userSnapshot(user: User): UserSnapshot {
  const { terms, connections, networks, sessions, uplinkBytes, downlinkBytes, uplinkMessages, downlinkMessages } = user;
  return {
    name: terms.name,
    isEnabled: terms.enabled,
    connections,
    maxConnections: terms.maxConnections,
    networks: networks.size,
    sessions,
    uplinkBytes,
    downlinkBytes,
    quotaBytes: terms.quotaBytes,
    expiresAtMs: terms.expiresAtMs,
    uplinkMessages,
    downlinkMessages,
  };
}
