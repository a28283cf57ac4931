import { readFileSync, realpathSync } from 'node:fs';
import { libc } from './libc.ts';

const MADV_DONTNEED = 4;

/**
 * Unmaps the pages of the runtime's own machine code that only the start needed (parser, transpiler, loader): some
 * 20 MB of resident memory. They are unmodified pages of the executable, so that whatever is needed again
 * comes back from the file by itself. Only executable mappings are touched: read-only data may hold
 * relocated pointers that the file does not have.
 *
 * @returns the length of the mappings that were given back, 0 where that is not possible
 */
export function releaseStartPages(): number {
  if (libc === null) return 0;
  let released = 0;
  for (const { start, end } of executableMappings()) {
    if (libc.madvise(start, end - start, MADV_DONTNEED) === 0) released += Number(end - start);
  }
  return released;
}

/** Lines of /proc/self/maps: `start-end permissions offset device inode path`. */
function executableMappings(): { start: bigint; end: bigint }[] {
  try {
    const executable = realpathSync('/proc/self/exe');
    return readFileSync('/proc/self/maps', 'utf8')
      .split('\n')
      .flatMap((line) => {
        const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+\s+(.+)$/.exec(line);
        return match?.[3] === executable ? [{ start: BigInt(`0x${match[1]}`), end: BigInt(`0x${match[2]}`) }] : [];
      });
  } catch {
    return []; // no /proc: nothing to give back
  }
}
