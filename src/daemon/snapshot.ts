import type { Ledger } from '../proxy/ledger.ts';
import type { Plane } from '../proxy/plane.ts';
import type { Capacity } from './capacity.ts';

export interface UserSnapshot {
  readonly name: string;
  readonly connections: number;
  readonly networks: number;
  readonly uplinkBytes: number;
  readonly downlinkBytes: number;
}

/** The figures of one moment, for the demo's table, `status` and metrics. */
export interface Snapshot {
  readonly ledger: Readonly<Ledger>;
  readonly users: readonly UserSnapshot[];
  /** DC connections standing ready. */
  readonly ready: number;
  readonly rssBytes: number;
  readonly capacity: Capacity;
}

export function readSnapshot(plane: Plane, capacity: Capacity): Snapshot {
  return {
    ledger: structuredClone({ ...plane.ledger }),
    users: plane.roster.users.map((user) => ({
      name: user.terms.name,
      connections: user.connections,
      networks: user.networks.size,
      uplinkBytes: user.uplinkBytes,
      downlinkBytes: user.downlinkBytes,
    })),
    ready: plane.dialer.readyCount,
    rssBytes: process.memoryUsage.rss(),
    capacity,
  };
}
