import { type Finding, ok, warning } from '../../kit/finding.ts';
import type { SystemFiles } from './system-files.ts';

/** The runtime's documentation recommends it; on older kernels it does without newer calls. */
const LEAST_KERNEL = { major: 5, minor: 6 };

export function kernelFinding(files: SystemFiles): Finding[] {
  const release = files.text('/proc/sys/kernel/osrelease') ?? '';
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return [];
  const isOld =
    Number(major) < LEAST_KERNEL.major || (Number(major) === LEAST_KERNEL.major && Number(minor) < LEAST_KERNEL.minor);
  if (!isOld) return [ok('kernel', `Linux ${release}`)];
  const least = `${LEAST_KERNEL.major}.${LEAST_KERNEL.minor}`;
  return [warning('kernel', `Linux ${release}`, `the runtime is at its best from ${least} on: update the system`)];
}
