import type { MemoryPlace } from '../proxy/pressure.ts';

/** The places where memory comes to its end, in the words that status, log and warning signs share. */
export const PLACE_NAMES: Readonly<Record<MemoryPlace, string>> = {
  cgroup: 'this container or service',
  host: 'this machine',
  sockets: "the kernel's TCP memory",
};
