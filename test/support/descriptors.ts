import { readdirSync, readlinkSync } from 'node:fs';
import { until } from './proxy.ts';

/** What the runtime's own threads wait with; it takes its time to close those of a thread that has ended (the store's). */
const OF_THREADS = /^anon_inode:\[event(?:poll|fd)\]$/;

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').filter(isOurs).length;
}

function isOurs(descriptor: string): boolean {
  try {
    return !OF_THREADS.test(readlinkSync(`/proc/self/fd/${descriptor}`));
  } catch {
    return false; // that of the listing itself
  }
}

/** Waits until no more descriptors are open than `count`: whatever was opened since is closed again. */
export function expectDescriptors(count: number, limitMs?: number): Promise<void> {
  return until(() => openDescriptors() <= count, `at most ${count} descriptors, as before`, limitMs);
}
