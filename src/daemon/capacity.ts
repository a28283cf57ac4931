import { readText } from '../kit/read-text.ts';
import { Memory } from './memory.ts';

/** What this machine lets the proxy hold. */
export interface Capacity {
  /** Sessions at once. */
  readonly sessions: number;
  /** From this descriptor number on accepting pauses. */
  readonly descriptorCeiling: number;
  /** Connections of all kinds that may stand before those that have proved nothing make room. */
  readonly sockets: number;
  readonly descriptorLimit: number;
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

/** Kept back from sessions: listeners, the store, logs, name look-ups, and one to accept and close with. */
const SPARE_DESCRIPTORS = 32;
const DESCRIPTORS_PER_SESSION = 2;
/** The part of all descriptors, and the most, that is free when a connection comes: for those that it and others open next. */
const FREE_SHARE = 1 / 16;
const MOST_FREE = 256;
/**
 * Measured: 18 KB when idle (10 in the process, 8 in the kernel), about 100 KB with low buffers that are full both ways.
 * Most are idle; if too many are not, the governor steps in.
 */
const SESSION_BYTES = 48 * 1024;
/** The parts of memory that sessions and grown buffers may fill; what is left is for the process itself. */
const SESSION_SHARE = 0.6;
const BUFFER_SHARE = 0.25;
/** Of what all TCP sockets may hold: three quarters of the line from which it is sparing. */
const SOCKET_SHARE = 0.5;
/** More than this gained nothing in the benchmark. */
const MOST_BUFFER_BYTES = 1024 * 1024;
const LEAST_SESSIONS = 16;
/** Where the file does not tell: what most systems give. */
const USUAL_DESCRIPTORS = 1024;
const NO_LIMITS: SocketLimits = { allBytes: Number.POSITIVE_INFINITY, bufferBytes: Number.POSITIVE_INFINITY };

/** Reads the limits of this process. @param processes so many share the memory; each has descriptors of its own */
export function readCapacity(processes = 1, memory = new Memory()): Capacity {
  return capacityFrom(descriptorLimit(), memory.limit() / processes, {
    allBytes: memory.sockets.limitBytes / processes,
    bufferBytes: Math.min(...['rmem_max', 'wmem_max'].map(kernelLimit)),
  });
}

/** @param descriptorLimit open files allowed @param memoryBytes the smaller of the host's and the container's memory */
export function capacityFrom(
  descriptorLimit: number,
  memoryBytes: number,
  sockets: SocketLimits = NO_LIMITS,
): Capacity {
  const byDescriptors = Math.floor((descriptorLimit - SPARE_DESCRIPTORS) / DESCRIPTORS_PER_SESSION);
  const byMemory = Math.floor((memoryBytes * SESSION_SHARE) / SESSION_BYTES);
  return {
    sessions: Math.max(LEAST_SESSIONS, Math.min(byDescriptors, byMemory)),
    sockets: Math.floor(descriptorLimit - SPARE_DESCRIPTORS - freeDescriptors(descriptorLimit)),
    descriptorCeiling: Math.max(descriptorLimit - SPARE_DESCRIPTORS / 2, descriptorLimit / 2),
    descriptorLimit,
    memoryBytes,
    bufferBudgetBytes: Math.min(memoryBytes * BUFFER_SHARE, sockets.allBytes * SOCKET_SHARE),
    mostBufferBytes: Math.min(MOST_BUFFER_BYTES, sockets.bufferBytes),
  };
}

/** What is kept free for connections that are opened next. */
export function freeDescriptors(limit: number): number {
  return Math.min(MOST_FREE, limit * FREE_SHARE);
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
