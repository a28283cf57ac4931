import { adviceOn } from '../../admin/warning-signs.ts';
import { capacityFrom } from '../../daemon/capacity.ts';
import { countText } from '../../kit/figures-text.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
import type { SystemFiles } from './system-files.ts';

/** What Petrel is made for on a small server. */
const USUAL_SESSIONS = 10_000;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const FULL_SHARE = 0.8;

export interface OpenFilesParts {
  /** The proxy's process; null while none runs or it can't be seen: then this process stands for it. */
  readonly pid: number | null;
  /** Sessions that the configuration allows; 0: as many as fit. */
  readonly maxConnections: number;
  readonly memoryBytes: number | null;
}

/** Whether as many descriptors may be open as sessions are wanted. */
export function openFilesFinding(files: SystemFiles, { pid, maxConnections, memoryBytes }: OpenFilesParts): Finding[] {
  const limit = descriptorLimit(files.text(`/proc/${pid ?? 'self'}/limits`));
  if (limit === null) return [];
  const wanted = maxConnections || Math.min(USUAL_SESSIONS, capacityFrom(NO_LIMIT, memoryBytes ?? NO_LIMIT).sessions);
  const allowed = capacityFrom(limit, NO_LIMIT).sessions;
  const who = pid === null ? 'a process started here' : `Petrel (process ${pid})`;
  const room = limit === NO_LIMIT ? '' : `: room for ${countText(allowed)} sessions`;
  const seen = `${who} may have ${limit === NO_LIMIT ? 'any number' : countText(limit)} open${room}`;
  if (allowed >= wanted) return [ok('open files', seen)];
  return [warning('open files', `${seen}, wanted are ${countText(wanted)}`, adviceOn('descriptors'))];
}

/** The soft limit, which the runtime raises to the hard one at its start. @param text as /proc/PID/limits has it */
function descriptorLimit(text: string | null): number | null {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text ?? '')?.[1];
  if (soft === undefined) return null;
  return soft === 'unlimited' ? NO_LIMIT : Number(soft);
}

/** How many of the whole machine's descriptors are in use. */
export function machineFilesFinding(files: SystemFiles): Finding[] {
  const [allocated, , most] = (files.text('/proc/sys/fs/file-nr') ?? '').split(/\s+/).map(Number);
  if (allocated === undefined || most === undefined || Number.isNaN(most)) return [];
  const bound = most > NO_LIMIT ? 'no bound' : countText(most);
  const seen = `${countText(allocated)} in use on the whole machine, of ${bound}`;
  if (allocated <= most * FULL_SHARE) return [ok('descriptors', seen)];
  return [warning('descriptors', seen, 'raise fs.file-max, or look for what opens so many (lsof)')];
}
