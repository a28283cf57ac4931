import { controlSocketPath } from '../admin/control-path.ts';
import { ControlServer } from '../admin/control-server.ts';
import type { LinkSource } from '../admin/link-source.ts';
import { openMetricsServer } from '../admin/metrics-server.ts';
import type { Snapshot } from '../admin/snapshot.ts';
import type { Config } from '../config/schema.ts';
import type { Log } from '../kit/log.ts';

export interface AdminParts {
  readonly config: Pick<Config, 'dataDir' | 'metrics'>;
  /** No other process can have the data folder: what has the control socket's name there is left over, or finishes. */
  readonly ownsFolder: boolean;
  /** From this descriptor number on accepting pauses. */
  readonly descriptorCeiling: number;
  readonly snapshot: () => Snapshot | Promise<Snapshot>;
  readonly links: () => LinkSource;
  readonly log: Log;
}

/** Where the running proxy can be asked: the control socket, and metrics where they are on. */
export class AdminServers {
  readonly #control: ControlServer;
  readonly #stopMetrics: () => void;

  constructor({ config: { dataDir, metrics }, ownsFolder, descriptorCeiling, snapshot, links, log }: AdminParts) {
    this.#control = new ControlServer({
      path: controlSocketPath(dataDir),
      mayReplace: ownsFolder,
      snapshot,
      links,
      log,
    });
    const { enabled, listen, allow } = metrics;
    this.#stopMetrics = enabled ? openMetricsServer({ listen, allow, descriptorCeiling, snapshot }, log) : () => {};
  }

  /** Leaves the metrics' port to the next process. */
  stopMetrics(): void {
    this.#stopMetrics();
  }

  /** The control socket too, on which a proxy that drains can still be asked. */
  close(): void {
    this.#stopMetrics();
    this.#control.close();
  }
}
