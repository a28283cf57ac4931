import { readdirSync, readlinkSync } from 'node:fs';
import { until } from './proxy.ts';

/**
 * How many sockets a process has open; default: this one. Other descriptors come and go with the runtime's threads: the store's opens
 * its files when it has something to write, and what it waited with is closed some time after its end.
 */
export function openDescriptors(pid: number | 'self' = 'self'): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => isSocket(`${folder}/${name}`)).length;
}

/** Waits until no more descriptors are open than `count`: whatever was opened since is closed again. */
export function expectDescriptors(count: number, limitMs?: number): Promise<void> {
  return until(() => openDescriptors() <= count, `at most ${count} sockets, as before`, limitMs);
}

function isSocket(link: string): boolean {
  try {
    return readlinkSync(link).startsWith('socket:');
  } catch {
    return false; // closed meanwhile, as that of the listing itself
  }
}
