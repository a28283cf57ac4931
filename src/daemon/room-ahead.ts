import type { Capacity } from './capacity.ts';
import { DESCRIPTORS_PER_SESSION } from './capacity.ts';

export interface RoomAheadParts {
  readonly capacity: Pick<Capacity, 'descriptorsAhead'>;
  /** Sessions that stand: each may take its two descriptors. */
  readonly sessions: () => number;
  /** Data centres in use. */
  readonly centres: () => number;
}

/**
 * How many connections may be opened ahead for one data centre, so that they take no descriptor that a session was
 * promised: an equal part of what the sessions that stand leave.
 */
export function roomAhead({ capacity, sessions, centres }: RoomAheadParts): number {
  const left = capacity.descriptorsAhead - DESCRIPTORS_PER_SESSION * sessions();
  return Math.max(0, Math.floor(left / Math.max(1, centres())));
}
