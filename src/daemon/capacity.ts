import { readText } from '../kit/read-text.ts';
import { growthIn } from './growth.ts';
import { Memory } from './memory.ts';

/** What this machine lets the proxy hold. */
export interface Capacity {
  /** Sessions at once. */
  readonly sessions: number;
  /** From this descriptor number on accepting pauses. */
  readonly descriptorCeiling: number;
  /** Connections of all kinds, and how many of these are kept for those that are opened next. */
  readonly sockets: number;
  readonly spareSockets: number;
  readonly descriptorLimit: number;
  /** Those that connections opened ahead may take while no session stands. */
  readonly descriptorsAhead: number;
  readonly memoryBytes: number;
  /** What buffers may hold beyond what every session has. */
  readonly bufferBudgetBytes: number;
  /** The largest buffer that a session grows to. */
  readonly mostBufferBytes: number;
}

/** What the kernel lets sockets hold. */
export interface SocketLimits {
  /** All TCP sockets together. */
  readonly allBytes: number;
  /** The largest size a buffer can be set to. */
  readonly bufferBytes: number;
}

/** What the process itself has open: measured 15 with two listeners and metrics (the runtime, logs, the store, the control socket). */
const OWN_DESCRIPTORS = 16;
const USUAL_LISTENERS = 2;
/** Above the ceiling: to accept and close with, for scrapes, name look-ups and an address that is tried beside another. */
const LAST_DESCRIPTORS = 16;
/** Connections opened ahead keep this far from what sessions may take: they are closed only when there are too many. */
const DISTANCE_AHEAD = 16;
export const DESCRIPTORS_PER_SESSION = 2;
/** The part of all descriptors, and the most, that connections which have proved nothing leave to those that are opened next. */
const SPARE_SHARE = 1 / 16;
const MOST_SPARE = 256;
/**
 * Measured: 18 KB when idle (10 in the process, 8 in the kernel), about 100 KB with low buffers that are full both ways.
 * Most are idle; if too many are not, the governor steps in.
 */
const SESSION_BYTES = 48 * 1024;
/** The part of memory that sessions may fill, before buffers grow. */
const SESSION_SHARE = 0.6;
/** More than this gained nothing in the benchmark. */
const MOST_BUFFER_BYTES = 1024 * 1024;
/** However little memory there is. */
const LEAST_SESSIONS = 16;
/** Where the file does not tell: what most systems give. */
const USUAL_DESCRIPTORS = 1024;
const NO_LIMITS: SocketLimits = { allBytes: Number.POSITIVE_INFINITY, bufferBytes: Number.POSITIVE_INFINITY };

/**
 * Reads the limits of this process.
 * @param processes so many share the memory; each has descriptors of its own
 * @param listeners that it has
 */
export function readCapacity(processes = 1, listeners = USUAL_LISTENERS): Capacity {
  const memory = new Memory();
  const sockets = {
    allBytes: memory.sockets.limitBytes / processes,
    bufferBytes: Math.min(...['rmem_max', 'wmem_max'].map(kernelLimit)),
  };
  return capacityFrom(descriptorLimit(), memory.limit() / processes, sockets, listeners);
}

/** @param descriptorLimit open files allowed @param memoryBytes the smaller of the host's and the container's memory */
export function capacityFrom(
  descriptorLimit: number,
  memoryBytes: number,
  sockets: SocketLimits = NO_LIMITS,
  listeners = USUAL_LISTENERS,
): Capacity {
  const own = OWN_DESCRIPTORS + Math.max(0, listeners - USUAL_LISTENERS);
  const descriptorCeiling = Math.max(descriptorLimit - LAST_DESCRIPTORS, descriptorLimit / 2);
  const byDescriptors = Math.floor((descriptorLimit - LAST_DESCRIPTORS - own) / DESCRIPTORS_PER_SESSION);
  const byMemory = Math.floor((memoryBytes * SESSION_SHARE) / SESSION_BYTES);
  return {
    sessions: Math.max(1, Math.min(byDescriptors, Math.max(LEAST_SESSIONS, byMemory))),
    sockets: Math.max(0, descriptorLimit - LAST_DESCRIPTORS - own),
    spareSockets: Math.floor(Math.min(MOST_SPARE, descriptorLimit * SPARE_SHARE)),
    descriptorCeiling,
    descriptorLimit,
    descriptorsAhead: descriptorCeiling - own - DISTANCE_AHEAD,
    memoryBytes,
    bufferBudgetBytes: Math.min(growthIn('host', memoryBytes), growthIn('sockets', sockets.allBytes)),
    mostBufferBytes: Math.min(MOST_BUFFER_BYTES, sockets.bufferBytes),
  };
}

function descriptorLimit(): number {
  const limits = readText('/proc/self/limits') ?? '';
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return soft === undefined ? USUAL_DESCRIPTORS : Number(soft);
}

function kernelLimit(name: string): number {
  const bytes = Number(readText(`/proc/sys/net/core/${name}`));
  return bytes > 0 ? bytes : MOST_BUFFER_BYTES;
}
