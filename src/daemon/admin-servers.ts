import { controlSocketPath } from '../admin/control-path.ts';
import { ControlServer } from '../admin/control-server.ts';
import { openMetricsServer } from '../admin/metrics-server.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';

export interface AdminParts {
  readonly config: Pick<Config, 'dataDir' | 'metrics'>;
  /** From this descriptor number on accepting pauses. */
  readonly descriptorCeiling: number;
  readonly snapshot: () => Snapshot | Promise<Snapshot>;
  readonly log: Log;
}

/** Where the running proxy can be asked: the control socket, and metrics where they are on. */
export class AdminServers {
  readonly #control: ControlServer;
  readonly #stopMetrics: () => void;

  constructor({ config: { dataDir, metrics }, descriptorCeiling, snapshot, log }: AdminParts) {
    this.#control = new ControlServer(controlSocketPath(dataDir), { snapshot }, log);
    const { enabled, listen, allow } = metrics;
    this.#stopMetrics = enabled ? openMetricsServer({ listen, allow, descriptorCeiling, snapshot }, log) : () => {};
  }

  close(): void {
    this.#control.close();
    this.#stopMetrics();
  }
}
