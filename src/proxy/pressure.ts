/** Memory in use and how much there may be. */
export interface MemoryUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** How near memory is to its end. */
export type Level = 'normal' | 'tight' | 'critical';

/** Parts of the memory in use. A level is left below a lower line than the one it is entered above, so that it does not flutter. */
const TIGHT_ABOVE = 0.8;
const TIGHT_UNTIL = 0.7;
const CRITICAL_ABOVE = 0.92;
const CRITICAL_UNTIL = 0.85;
/** Left out of the count: room for what fills up between two looks. Of a small memory at most the second figure. */
const RESERVE_BYTES = 24 * 1024 * 1024;
const MOST_RESERVED_SHARE = 0.25;

/** @returns the level that follows on `level` */
export function levelAfter(level: Level, { usedBytes, limitBytes }: MemoryUse): Level {
  const share = usedBytes / (limitBytes - Math.min(RESERVE_BYTES, limitBytes * MOST_RESERVED_SHARE));
  if (share > (level === 'critical' ? CRITICAL_UNTIL : CRITICAL_ABOVE)) return 'critical';
  return share > (level === 'normal' ? TIGHT_ABOVE : TIGHT_UNTIL) ? 'tight' : 'normal';
}
