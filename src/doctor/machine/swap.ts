import { adviceOn, swapMessage } from '../../admin/warning-signs.ts';
import { swapUsedBytes } from '../../daemon/machine.ts';
import { bytesText } from '../../kit/figures-text.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
import type { SystemFiles } from './system-files.ts';

const KB = 1024;

export function swapFinding(files: SystemFiles): Finding[] {
  const kilobytes = files.field('/proc/meminfo', 'SwapTotal');
  if (kilobytes === null) return [];
  if (kilobytes === 0) return [ok('swap', 'none')];
  const used = swapUsedBytes(files.root);
  const message = swapMessage(used);
  if (message !== null) return [warning('swap', message, adviceOn('swap'))];
  return [ok('swap', `${bytesText(used)} of ${bytesText(kilobytes * KB)} in use`)];
}
