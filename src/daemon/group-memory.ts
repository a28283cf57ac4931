import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';
import { groupFolders } from './cgroup.ts';
import { numberAfter } from './machine.ts';

/** Memory of one control group with all groups below it. */
export interface GroupUse {
  /** Without the page cache: the kernel drops that before it kills. */
  readonly usedBytes: number;
  /** The part of it in socket buffers; null where the group does not count them. */
  readonly socketBytes: number | null;
}

/** One control group around this process. Its limit may change while we run. */
export interface GroupMemory {
  /** Where its files are. */
  readonly folder: string;
  /** Infinite where there is none. */
  limit(): number;
  use(): GroupUse;
}

/** Version 1 writes "no limit" as the largest number of whole pages. */
const NO_LIMIT = 2 ** 60;

/** The own group first, then those around it; none where memory is not controlled. */
export function memoryGroups(root = '/'): GroupMemory[] {
  return groupFolders('memory', root)
    .map(({ folder, isV2 }) => (isV2 ? version2(folder) : version1(folder)))
    .filter((group) => group !== null);
}

function version2(folder: string): GroupMemory | null {
  const file = (name: string) => readText(join(folder, name)) ?? '';
  if (!existsSync(join(folder, 'memory.current'))) return null;
  return {
    folder,
    limit: () => limitOf(file('memory.max')),
    use: () => {
      const stat = file('memory.stat');
      const cache = numberAfter(stat, 'inactive_file') + numberAfter(stat, 'active_file');
      return {
        usedBytes: Math.max(0, Number(file('memory.current')) - cache),
        socketBytes: numberAfter(stat, 'sock'),
      };
    },
  };
}

/** Version 1 counts socket buffers apart from other memory, and only in a group where a limit for them was set. */
function version1(folder: string): GroupMemory | null {
  const file = (name: string) => readText(join(folder, name)) ?? '';
  if (!existsSync(join(folder, 'memory.usage_in_bytes'))) return null;
  const countsSockets = Number.isFinite(limitOf(file('memory.kmem.tcp.limit_in_bytes')));
  return {
    folder,
    limit: () => limitOf(file('memory.limit_in_bytes')),
    use: () => {
      const stat = file('memory.stat'); // beside the own figures the sums over the groups below
      const cache = numberAfter(stat, 'total_inactive_file') + numberAfter(stat, 'total_active_file');
      const socketBytes = countsSockets ? Number(file('memory.kmem.tcp.usage_in_bytes')) : null;
      return {
        usedBytes: Math.max(0, Number(file('memory.usage_in_bytes')) - cache) + (socketBytes ?? 0),
        socketBytes,
      };
    },
  };
}

/** "max", a number, or version 1's number that means none. */
function limitOf(text: string): number {
  const bytes = Number(text);
  return bytes > 0 && bytes < NO_LIMIT ? bytes : Number.POSITIVE_INFINITY;
}
