/** After so many sweeps without a byte (two seconds) a session may be closed when memory is critical. */
const QUIET_SWEEPS = 4;

/** What the choice looks at of a session. */
export interface Sparable {
  readonly quietSweeps: number;
  /** Null: nobody's yet, or a stranger's. */
  readonly permit: object | null;
}

/** Up to `count` of the sessions that are quiet: those of no user first, then those that have been so for longest. */
export function quietest<S extends Sparable>(sessions: Iterable<S>, count: number): S[] {
  if (count === 0) return [];
  const quiet = [...sessions].filter(({ quietSweeps }) => quietSweeps >= QUIET_SWEEPS);
  const isUsers = ({ permit }: S) => (permit === null ? 0 : 1);
  return quiet.sort((a, b) => isUsers(a) - isUsers(b) || b.quietSweeps - a.quietSweeps).slice(0, count);
}
