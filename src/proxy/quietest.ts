/** After so many sweeps without a byte (two seconds) a session may be closed when memory is critical. */
const QUIET_SWEEPS = 4;
/** What a stranger holds beyond this is worth more than its connection, quiet or not: more than any handshake has unread. */
const MUCH_QUEUED_BYTES = 32 * 1024;

/** What the choice looks at of a session. */
export interface Sparable {
  readonly quietSweeps: number;
  /** Null: nobody's yet, or a stranger's. */
  readonly permit: object | null;
  /** What waits in the kernel's queues of its sockets. */
  readonly queuedBytes: number;
}

/**
 * Up to `count` of the sessions that can best be spared. As long as strangers hold much that they don't read, only they are, those
 * that hold most first: what that frees is to be seen before anybody else has to go. Then of the quiet ones strangers, users whose
 * bytes wait, and last users that are idle; those first that have been so for longest.
 */
export function quietest<S extends Sparable>(sessions: Iterable<S>, count: number): S[] {
  if (count === 0) return [];
  const all = [...sessions];
  const holding = holdingStrangers(all);
  if (holding.length > 0) return holding.slice(0, count);
  const quiet = all
    .filter(({ quietSweeps }) => quietSweeps >= QUIET_SWEEPS)
    .map((session) => ({ session, order: orderOf(session) }));
  quiet.sort((a, b) => a.order - b.order || b.session.quietSweeps - a.session.quietSweeps);
  return quiet.slice(0, count).map(({ session }) => session);
}

function holdingStrangers<S extends Sparable>(sessions: readonly S[]): S[] {
  return sessions
    .filter(({ permit }) => permit === null)
    .map((session) => ({ session, bytes: session.queuedBytes }))
    .filter(({ bytes }) => bytes > MUCH_QUEUED_BYTES)
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ session }) => session);
}

function orderOf({ permit, queuedBytes }: Sparable): number {
  if (permit === null) return 0;
  return queuedBytes > 0 ? 1 : 2;
}
