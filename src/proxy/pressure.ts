/** Where memory comes to its end first: the control group's limit, the host's memory, or what the kernel allows to TCP. */
export const MEMORY_PLACES = ['cgroup', 'host', 'sockets'] as const;
export type MemoryPlace = (typeof MEMORY_PLACES)[number];

/** Memory in one place: what we hold there, and what we may come to. */
export interface MemoryUse {
  /** Ours. */
  readonly usedBytes: number;
  /** What is ours and what is left. */
  readonly limitBytes: number;
  /** What others hold in the same place; absent: nothing. */
  readonly othersBytes?: number;
  /** Absent: the host. */
  readonly place?: MemoryPlace;
}

/** How near memory is to its end. */
export type Level = 'normal' | 'tight' | 'critical';

/** Parts of the memory in use. A level is left below a lower line than the one it is entered above, so that it does not flutter. */
const TIGHT_ABOVE = 0.8;
const TIGHT_UNTIL = 0.7;
const CRITICAL_ABOVE = 0.92;
const CRITICAL_UNTIL = 0.85;
/** As far as others alone can bring it: tight, and out of critical. */
const MOST_BY_OTHERS = 0.84;
/** Left out of the count: room for what fills up between two looks. Of a small memory at most the second figure. */
const RESERVE_BYTES = 24 * 1024 * 1024;
const MOST_RESERVED_SHARE = 0.25;
/**
 * So little left is the end, whoever holds the rest: in a place where the kernel kills, nothing may fill up any more. Of a small
 * place at most the second figure; with what we hold, by the third, grows what may fill up.
 */
const END_BYTES = 16 * 1024 * 1024;
const MOST_END_SHARE = 1 / 16;
const END_OF_OWN_SHARE = 1 / 32;

/** From this pressure on it matters how exact the figures are. */
export const NOTEWORTHY_PRESSURE = TIGHT_UNTIL;

/**
 * How much of what we may come to is used; 1 is all of it. Where others hold more than we do the shortage is theirs: it
 * takes our room to grow, but none of what a session needs at least, until there is hardly anything left. TCP's memory has no
 * such end: the kernel gives every socket a few KB even when it is used up.
 */
export function pressureOf(use: MemoryUse): number {
  const share = shareOf(use);
  if (!isHeldByOthers(use)) return share;
  const end = endPressure(use);
  const byOthers = Math.min(MOST_BY_OTHERS, Math.max(share, end));
  return use.place === 'sockets' ? byOthers : Math.max(byOthers, end);
}

/** Whether others hold more of the place than we do. */
export function isHeldByOthers({ usedBytes, othersBytes = 0 }: MemoryUse): boolean {
  return othersBytes > usedBytes;
}

/** @returns the level that follows on `level` */
export function levelAfter(level: Level, use: MemoryUse): Level {
  const pressure = pressureOf(use);
  if (pressure > (level === 'critical' ? CRITICAL_UNTIL : CRITICAL_ABOVE)) return 'critical';
  return pressure > (level === 'normal' ? TIGHT_ABOVE : TIGHT_UNTIL) ? 'tight' : 'normal';
}

function shareOf({ usedBytes, limitBytes }: MemoryUse): number {
  const countedBytes = limitBytes - Math.min(RESERVE_BYTES, limitBytes * MOST_RESERVED_SHARE);
  return countedBytes > 0 ? usedBytes / countedBytes : 1;
}

/** Above the critical line once less is left than may fill up between two looks. */
function endPressure({ usedBytes, limitBytes, othersBytes = 0 }: MemoryUse): number {
  const placeBytes = limitBytes + othersBytes;
  const lineBytes = Math.min(END_BYTES + usedBytes * END_OF_OWN_SHARE, placeBytes * MOST_END_SHARE);
  const leftBytes = limitBytes - usedBytes;
  return leftBytes > 0 ? (CRITICAL_ABOVE * lineBytes) / leftBytes : Number.POSITIVE_INFINITY;
}
