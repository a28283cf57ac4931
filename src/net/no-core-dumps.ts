import { ptr } from 'bun:ffi';
import { libc } from './libc.ts';

const RLIMIT_CORE = 4;

/** What stands in memory, secrets above all, stays out of files: a crash leaves no core dump. @returns whether that could be set */
export function forbidCoreDumps(): boolean {
  if (libc === null) return false;
  const limits = new BigUint64Array(2); // the limit and the most it may be raised to: 0
  return libc.setrlimit(RLIMIT_CORE, ptr(limits)) === 0;
}
