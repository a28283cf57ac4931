import { readdirSync, readlinkSync } from 'node:fs';
import { until } from './proxy.ts';

/**
 * How many sockets this process has open. Other descriptors come and go with the runtime's threads: the store's opens its files
 * when it has something to write, and what it waited with is closed some time after its end.
 */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').filter(isSocket).length;
}

/** Waits until no more descriptors are open than `count`: whatever was opened since is closed again. */
export function expectDescriptors(count: number, limitMs?: number): Promise<void> {
  return until(() => openDescriptors() <= count, `at most ${count} sockets, as before`, limitMs);
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:');
  } catch {
    return false; // that of the listing itself
  }
}
