import { mergeSnapshots } from '../../admin/merge-snapshots.ts';
import type { GovernorSnapshot, Snapshot, SurroundingsSnapshot } from '../../admin/snapshot.ts';
import type { Log } from '../../kit/log.ts';
import { Ledger } from '../../proxy/ledger.ts';
import type { User } from '../../proxy/user.ts';
import type { Capacity } from '../capacity.ts';
import { cpuAllotment } from '../machine.ts';
import { Memory } from '../memory.ts';
import { takeSnapshot } from '../snapshot.ts';
import { Vitals } from '../vitals.ts';
import { WarningLog } from '../warning-log.ts';
import type { Figures } from './figures.ts';

export interface OverviewParts {
  readonly figures: Figures;
  /** Of all workers together; descriptors are those of one process. */
  readonly capacity: Capacity;
  readonly processes: number;
  readonly addresses: readonly string[];
  readonly log: Log;
  readonly users: () => readonly User[];
  readonly maxSessions: () => number;
  readonly workersReplaced: () => number;
  readonly surroundings: () => SurroundingsSnapshot;
  readonly isDraining: () => boolean;
  /** The vital signs were looked at anew. */
  readonly onSample: () => void;
}

/** The figures of the whole proxy: those of the workers and of the process that watches over them, as one. */
export class Overview {
  readonly #parts: OverviewParts;
  readonly #startedAtMs = Date.now();
  /** Stays empty: no session is served here. */
  readonly #ledger = new Ledger();
  readonly #cpus: number;
  readonly #vitals: Vitals;
  readonly #memory = new Memory({ socketBytes: () => 0 });
  readonly #warningLog: WarningLog;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
    this.#cpus = cpuAllotment(Math.min(parts.processes, navigator.hardwareConcurrency));
    this.#warningLog = new WarningLog(parts.log);
    this.#vitals = new Vitals({
      ledger: this.#ledger,
      cpus: () => this.#cpus,
      listenDrops: () => 0,
      onSample: () => {
        parts.onSample();
        this.warn();
      },
    });
  }

  /** With the figures that the workers told last. */
  snapshot(): Snapshot {
    const { figures, workersReplaced } = this.#parts;
    return mergeSnapshots({
      primary: this.#own(),
      workers: figures.current,
      past: figures.past,
      workersReplaced: workersReplaced(),
    });
  }

  /** Tells what has become wrong, and what is so no more. */
  warn(): void {
    this.#warningLog.follow(this.snapshot().warnings);
  }

  close(): void {
    this.#vitals.close();
  }

  #own(): Snapshot {
    const { capacity, addresses, users, maxSessions, surroundings, isDraining } = this.#parts;
    const { descriptorLimit: descriptors, memoryBytes } = capacity;
    return takeSnapshot({
      startedAtMs: this.#startedAtMs,
      addresses,
      pause: null, // it does not accept anyway: see mergeSnapshots
      isDraining: isDraining(),
      surroundings: surroundings(),
      ledger: this.#ledger,
      users: users(),
      ready: {},
      failing: {},
      limits: { sessions: maxSessions(), descriptors, memoryBytes, cpus: this.#cpus },
      governor: this.#governor(),
      vitals: this.#vitals.read(),
      lobby: { waiting: 0, crowd: null },
    });
  }

  /** Here nothing is decided; the reading is that of all processes where they share a control group. */
  #governor(): GovernorSnapshot {
    const { place, usedBytes, limitBytes, othersBytes } = this.#memory.read();
    const none = { bufferBytes: 0, bufferBudgetBytes: 0, refused: 0, closedIdle: 0 };
    return { level: 'normal', place, usedBytes, limitBytes, othersBytes, ...none };
  }
}
