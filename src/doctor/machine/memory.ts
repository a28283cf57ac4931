import { capacityFrom } from '../../daemon/capacity.ts';
import { type CgroupFile, readCgroup } from '../../daemon/cgroup.ts';
import { bytesText, countText } from '../../kit/figures-text.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
import type { SystemFiles } from './system-files.ts';

const MEMORY = '/proc/meminfo';
const MEMORY_LIMIT: CgroupFile = { v2: 'memory.max', v1: { controller: 'memory', file: 'memory.limit_in_bytes' } };
const KB = 1024;
const MB = 1024 * KB;
/** What a server sold as 2 GB shows at least, and less than the guide's container gets (1.5 GB). */
const LEAST_BYTES = 1400 * MB;
const LEAST_AVAILABLE_BYTES = 150 * MB;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export interface MemoryReading {
  readonly totalBytes: number;
  /** The same, or less where the process's control group says so. */
  readonly usableBytes: number;
  readonly availableBytes: number;
}

/** @param pid whose control group counts @returns null where it can't be seen */
export function readMemory(files: SystemFiles, pid: number | 'self'): MemoryReading | null {
  const [total, available] = [files.field(MEMORY, 'MemTotal'), files.field(MEMORY, 'MemAvailable')];
  if (total === null || available === null) return null;
  const limits = readCgroup(MEMORY_LIMIT, files.root, pid)
    .map(Number)
    .filter((bytes) => bytes > 0);
  return {
    totalBytes: total * KB,
    usableBytes: Math.min(total * KB, ...limits),
    availableBytes: available * KB,
  };
}

export function memoryFinding({ totalBytes, usableBytes, availableBytes }: MemoryReading): Finding {
  const container = usableBytes < totalBytes ? `, limited to ${bytesText(usableBytes)} (container or unit)` : '';
  const room = `room for ${countText(capacityFrom(NO_LIMIT, usableBytes).sessions)} sessions`;
  const seen = `${bytesText(totalBytes)}${container}; ${bytesText(availableBytes)} available; ${room}`;
  if (availableBytes < LEAST_AVAILABLE_BYTES) {
    const advice = 'little is left: look for what else uses memory (free -m, docker stats), or move to a bigger server';
    return warning('memory', seen, advice);
  }
  if (usableBytes < LEAST_BYTES) {
    return warning('memory', seen, 'less than the guide asks for (2 GB): Petrel serves, but fewer sessions at once');
  }
  return ok('memory', seen);
}
