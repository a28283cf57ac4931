import { cpuAllotment } from '../../daemon/machine.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
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
  if (lacksAvx2(text)) {
    const advice = 'should Petrel end with "Illegal instruction", use its build for CPUs without AVX2';
    return [ok('processor', `${seen}, without AVX2`, advice)];
  }
  return [ok('processor', seen)];
}

/** Only x86 lists "flags"; where there are none nothing is said. */
function lacksAvx2(text: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1];
  return flags !== undefined && !flags.split(' ').includes('avx2');
}
