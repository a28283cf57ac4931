import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

/** What this machine lets the proxy hold. */
export interface Capacity {
  /** Sessions at once. */
  readonly sessions: number;
  /** From this descriptor number on accepting pauses. */
  readonly descriptorCeiling: number;
  readonly descriptorLimit: number;
  readonly memoryBytes: number;
}

/** Kept back from sessions: listeners, the store, logs, name look-ups, and one to accept and close with. */
const SPARE_DESCRIPTORS = 32;
const DESCRIPTORS_PER_SESSION = 2;
/** A session's share of kernel and process memory: two sockets with small buffers, some of them in use. */
const SESSION_BYTES = 48 * 1024;
/** The part of memory that sessions may fill. */
const MEMORY_SHARE = 0.6;
const LEAST_SESSIONS = 16;
/** Where neither file tells: what most systems give. */
const USUAL_DESCRIPTORS = 1024;

const CGROUP_LIMITS = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** Reads the limits of this process. @param processes so many share the memory; each has descriptors of its own */
export function readCapacity(processes = 1): Capacity {
  return capacityFrom(descriptorLimit(), memoryLimit() / processes);
}

/** @param descriptorLimit open files allowed @param memoryBytes the smaller of the host's and the container's memory */
export function capacityFrom(descriptorLimit: number, memoryBytes: number): Capacity {
  const byDescriptors = Math.floor((descriptorLimit - SPARE_DESCRIPTORS) / DESCRIPTORS_PER_SESSION);
  const byMemory = Math.floor((memoryBytes * MEMORY_SHARE) / SESSION_BYTES);
  return {
    sessions: Math.max(LEAST_SESSIONS, Math.min(byDescriptors, byMemory)),
    descriptorCeiling: Math.max(descriptorLimit - SPARE_DESCRIPTORS / 2, descriptorLimit / 2),
    descriptorLimit,
    memoryBytes,
  };
}

function descriptorLimit(): number {
  const limits = readText('/proc/self/limits') ?? '';
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return soft === undefined ? USUAL_DESCRIPTORS : Number(soft);
}

function memoryLimit(): number {
  const limits = CGROUP_LIMITS.map((path) => Number(readText(path)?.trim())).filter((bytes) => bytes > 0);
  return Math.min(totalmem(), ...limits);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // another system, or another cgroup version
  }
}
