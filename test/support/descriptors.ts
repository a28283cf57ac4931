import { readdirSync } from 'node:fs';
import { until } from './proxy.ts';

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length - 1; // one is that of the listing itself
}

/** Waits until no more descriptors are open than `count`: whatever was opened since is closed again. */
export function expectDescriptors(count: number, limitMs?: number): Promise<void> {
  return until(() => openDescriptors() <= count, `at most ${count} descriptors, as before`, limitMs);
}
