import type { Config } from '../config/schema.ts';
import type { User } from '../proxy/user.ts';

/** The proxy as one running thing, in one process or in several. */
export interface RunningProxy {
  /** The one that counts now. */
  readonly config: Config;
  /** A first user was made at this start. */
  readonly madeUser: boolean;
  /** Users made here are still there after a restart: the data folder can be used. */
  readonly keepsUsers: boolean;
  readonly users: readonly User[];
  /** The port of the first TCP listener; 0 when there is none. */
  readonly port: number;
  /** Where it accepts, as "0.0.0.0:8080" or "unix:/run/petrel/petrel.sock". */
  readonly addresses: readonly string[];
  /**
   * Takes a checked configuration over while sessions go on; those of removed, disabled and re-keyed users are cut.
   * @returns key paths that changed but wait for a restart
   */
  reload(config: Config): string[];
  /** Accepts no more, lets sessions finish for at most `limitMs`, then closes everything. */
  stop(limitMs: number): Promise<void>;
}
