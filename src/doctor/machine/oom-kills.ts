import { adviceOn } from '../../admin/warning-signs.ts';
import { readCgroup } from '../../daemon/cgroup.ts';
import { OOM_EVENTS } from '../../daemon/machine.ts';
import { countText } from '../../kit/figures-text.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
import { plural } from '../amounts.ts';
import type { SystemFiles } from './system-files.ts';

/**
 * Processes that the kernel killed for want of memory since the machine was started.
 * @param pid the proxy's process, whose control group is told apart; null while none runs
 */
export function oomFinding(files: SystemFiles, pid: number | null): Finding[] {
  const onMachine = files.field('/proc/vmstat', 'oom_kill');
  const inGroup = pid === null ? 0 : killsIn(readCgroup(OOM_EVENTS, files.root, pid)[0] ?? '');
  const kills = Math.max(onMachine ?? 0, inGroup);
  if (kills === 0) return onMachine === null ? [] : [ok('OOM kills', 'none since the boot')];
  const own = inGroup > 0 ? `, ${countText(inGroup)} of them in Petrel's container or unit` : '';
  const seen = `the kernel killed ${plural(kills, 'process', 'processes')} for want of memory since the boot${own}`;
  return [warning('OOM kills', seen, adviceOn('oom-kill'))];
}

function killsIn(events: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
}
