import type { Session } from './session-table.ts';

/** How often is looked at who has come to rest. */
const LOOK_MS = 100;
/** Looks without a byte after which a session has come to rest: longer than the pauses of most transfers. */
const LOOKS_TO_REST = 3;

/**
 * Ends sessions, each when it costs its client least: those that are not relayed yet and those at rest at once, since a phone's
 * never end by themselves and it connects again; those that move bytes once they have come to rest.
 *
 * @param sessions a live view: those that are settled are gone from it
 * @param limitMs what still moves then is cut
 * @returns stops looking
 */
export function startDrain(sessions: Iterable<Session>, limitMs: number): () => void {
  const cut = (isDue: (session: Session) => boolean) => {
    for (const session of [...sessions]) if (isDue(session)) session.cut();
  };
  const limit = setTimeout(() => cut(() => true), limitMs); // first: to end thousands takes a while
  cut(({ relay, quietSweeps, isDelivering }) => relay === null || (quietSweeps > 0 && !isDelivering));
  for (const session of sessions) session.quietSweeps = 0; // from here on looks are counted
  const looks = setInterval(() => {
    cut((session) => session.look() >= LOOKS_TO_REST && !session.isDelivering);
  }, LOOK_MS);
  return () => {
    clearInterval(looks);
    clearTimeout(limit);
  };
}
