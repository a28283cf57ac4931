import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../kit/read-text.ts';
import { type CgroupFile, readCgroup } from './cgroup.ts';

/** What the kernel tells about this process and its machine. Every reading is 0 where the kernel doesn't tell. */

const CPU_LIMIT: CgroupFile = { v2: 'cpu.max', v1: { controller: 'cpu', file: 'cpu.cfs_quota_us' } };
const CPU_PERIOD: CgroupFile = { v2: 'cpu.max', v1: { controller: 'cpu', file: 'cpu.cfs_period_us' } };
export const OOM_EVENTS: CgroupFile = { v2: 'memory.events', v1: { controller: 'memory', file: 'memory.oom_control' } };
const KB = 1024;

/** Processors that control groups let a process keep busy, such as 0.8. @param most what it could use at all */
export function cpuAllotment(most: number, root = '/', pid: number | 'self' = 'self'): number {
  const quotas = readCgroup(CPU_LIMIT, root, pid);
  const periods = readCgroup(CPU_PERIOD, root, pid);
  const shares = quotas.map((quota, index) => {
    const [v2Quota, v2Period] = quota.trim().split(' '); // "80000 100000", "max 100000", or version 1's one number
    return Number(v2Quota) / Number(v2Period ?? periods[index]);
  });
  return Math.min(most, ...shares.filter((share) => share > 0 && Number.isFinite(share)));
}

/** Processes killed for want of memory: in this container where it tells, else on the whole machine; since long before us. */
export function oomKills(root = '/'): number {
  const [own] = readCgroup(OOM_EVENTS, root);
  return numberAfter(own ?? readText(join(root, 'proc/vmstat')) ?? '', 'oom_kill');
}

export function swapUsedBytes(root = '/'): number {
  const text = readText(join(root, 'proc/meminfo')) ?? '';
  return Math.max(0, numberAfter(text, 'SwapTotal:') - numberAfter(text, 'SwapFree:')) * KB;
}

/** Descriptors that this process has open. */
export function openDescriptors(root = '/'): number {
  const folder = join(root, 'proc/self/fd');
  try {
    const { size } = statSync(folder); // from Linux 6.2 on the count, without a walk over thousands of entries
    return size > 0 ? size : readdirSync(folder).length;
  } catch {
    return 0;
  }
}

export function numberAfter(text: string, name: string): number {
  const line = text.split('\n').find((line) => line.startsWith(name) && /\s/.test(line.charAt(name.length)));
  return Number(line?.slice(name.length).trim().split(/\s/)[0] ?? 0);
}
