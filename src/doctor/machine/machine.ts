import type { Finding } from '../../kit/finding.ts';
import { kernelFinding } from './kernel.ts';
import { MEMORY_SETTINGS, settingFindings } from './kernel-settings.ts';
import { memoryFinding, readMemory } from './memory.ts';
import { oomFinding } from './oom-kills.ts';
import { machineFilesFinding, openFilesFinding } from './open-files.ts';
import { processorFinding } from './processor.ts';
import { swapFinding } from './swap.ts';
import type { SystemFiles } from './system-files.ts';

export interface MachineParts {
  readonly files: SystemFiles;
  /** The proxy's process, whose limits count; null while none runs: then this process's stand for them. */
  readonly pid: number | null;
  /** limits.max_connections */
  readonly maxConnections: number;
}

/** What the machine gives; what a kernel does not tell is left out. */
export function machineFindings({ files, pid, maxConnections }: MachineParts): Finding[] {
  const memory = readMemory(files, pid ?? 'self');
  return [
    ...processorFinding(files, pid ?? 'self'),
    ...kernelFinding(files),
    ...(memory === null ? [] : [memoryFinding(memory)]),
    ...swapFinding(files),
    ...oomFinding(files, pid),
    ...openFilesFinding(files, { pid, maxConnections, memoryBytes: memory?.usableBytes ?? null }),
    ...machineFilesFinding(files),
    ...settingFindings(MEMORY_SETTINGS, files),
  ];
}
