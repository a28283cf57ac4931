import type { Asked } from '../../admin/control-client.ts';
import type { SystemFiles } from '../machine/system-files.ts';

/** As the executable and the runtime of a checkout are called. */
const NAMES = /^(?:petrel|bun)/;

/** The running proxy's process, when its number means the same process here (a container counts its own). */
export function visibleProcess(asked: Asked, files: SystemFiles): number | null {
  if (asked.kind !== 'running') return null;
  const { pid } = asked.snapshot;
  return NAMES.test(files.text(`/proc/${pid}/comm`) ?? '') ? pid : null;
}
