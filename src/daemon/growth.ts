import type { MemoryPlace } from '../proxy/pressure.ts';

/** The part of memory that grown buffers may fill; what is left is for sessions and the process itself. */
const BUFFER_SHARE = 0.25;
/** Of what all TCP sockets may hold: three quarters of the line from which the kernel is sparing. */
const SOCKET_SHARE = 0.5;

/** What grown buffers may hold of what there is in one place. */
export function growthIn(place: MemoryPlace, bytes: number): number {
  return bytes * (place === 'sockets' ? SOCKET_SHARE : BUFFER_SHARE);
}
