import { cpuAllotment } from '../../daemon/machine.ts';
import { type Finding, failed, ok, warning } from '../../kit/finding.ts';
import { plural } from '../amounts.ts';
import type { SystemFiles } from './system-files.ts';

/** The guide's container has 0.8. */
const LEAST_CPUS = 0.5;

/** @param pid whose control group counts */
export function processorFinding(files: SystemFiles, pid: number | 'self'): Finding[] {
  const text = files.text('/proc/cpuinfo') ?? '';
  const count = text.match(/^processor\s*:/gm)?.length ?? 0;
  if (count === 0) return [];
  const cpus = cpuAllotment(count, files.root, pid);
  const limit = cpus < count ? `, limited to ${Number(cpus.toFixed(2))} (container or unit)` : '';
  const seen = `${plural(count, 'CPU')}${limit}`;
  if (cpus < LEAST_CPUS) {
    const advice = 'raise the limit (cpus in docker-compose.yml, CPUQuota in the unit) to 0.8 or more';
    return [warning('processor', seen, advice)];
  }
  if (lacksSse42(text)) {
    return [failed('processor', `${seen}, without SSE4.2`, 'the runtime needs it: move to another server')];
  }
  return [ok('processor', seen)];
}

/** Only x86 lists "flags"; where there are none nothing is said. The runtime chooses by itself whether to use AVX2. */
function lacksSse42(text: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1];
  return flags !== undefined && !flags.split(' ').includes('sse4_2');
}
