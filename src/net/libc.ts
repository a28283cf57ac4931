import { dlopen, FFIType, ptr, read } from 'bun:ffi';
import { constants } from 'node:os';

/**
 * The few C library calls that the runtime does not offer: socket options, sockets whose options are
 * set before they connect (and which can be given up while they connect), Unix sockets whose file is ours to remove,
 * datagrams to Unix sockets, locks on files, limits of the process, and the clock that the whole system shares.
 */
const SYMBOLS = {
  setsockopt: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  getsockopt: {
    args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr],
    returns: FFIType.i32,
  },
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  connect: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  sendto: {
    args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i64,
  },
  ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
  writev: { args: [FFIType.i32, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  setrlimit: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  __errno_location: { args: [], returns: FFIType.ptr },
} as const;

const LIBRARIES = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1'];

type LibC = ReturnType<typeof dlopen<typeof SYMBOLS>>['symbols'];

function open(): LibC | null {
  if (process.platform !== 'linux') return null;
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, SYMBOLS).symbols;
    } catch {
      // Another C library: try the next name. None at all is told once at start (see socketOptionsAvailable).
    }
  }
  return null;
}

/** Null where foreign calls are missing: the proxy then runs with the kernel's default options. */
export const libc: LibC | null = open();

const word = new Int32Array(1);
const wordLength = new Uint32Array(1);
const INT_BYTES = 4;

/** Sets one integer socket option. @returns false when the kernel or the platform refuses it */
export function setIntOption(fd: number, level: number, option: number, value: number): boolean {
  if (libc === null) return false;
  word[0] = value;
  return libc.setsockopt(fd, level, option, ptr(word), INT_BYTES) === 0;
}

/** Reads one integer socket option; null when it cannot be read. */
export function getIntOption(fd: number, level: number, option: number): number | null {
  if (libc === null) return null;
  wordLength[0] = INT_BYTES;
  return libc.getsockopt(fd, level, option, ptr(word), ptr(wordLength)) === 0 ? (word[0] ?? null) : null;
}

/** Reads a socket option that is an array of 32-bit words into `words`. @returns false when it cannot be read */
export function readWordsOption(fd: number, level: number, option: number, words: Uint32Array): boolean {
  if (libc === null) return false;
  wordLength[0] = words.byteLength;
  return libc.getsockopt(fd, level, option, ptr(words), ptr(wordLength)) === 0;
}

/** Asks a descriptor for one integer by ioctl; null when it cannot be read. */
export function ioctlInt(fd: number, request: number): number | null {
  if (libc === null) return null;
  return libc.ioctl(fd, request, ptr(word)) === 0 ? (word[0] ?? null) : null;
}

/** The error number of the C call just made on this thread. */
export function errno(): number {
  const address = libc?.__errno_location() ?? null;
  return address === null ? 0 : read.i32(address, 0);
}

/** The same as a name, such as "EADDRINUSE". */
export function errorCode(): string {
  const number = errno();
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
}

const CLOCK_MONOTONIC = 1;
const MICROS_PER_SECOND = 1_000_000n;
const NANOS_PER_MICRO = 1_000n;
const timespec = new BigInt64Array(2); // seconds, nanoseconds

/** Microseconds of CLOCK_MONOTONIC (the runtime's own clocks count from the start of the process); 0 without it. */
export function monotonicMicros(): bigint {
  if (libc === null || libc.clock_gettime(CLOCK_MONOTONIC, ptr(timespec)) !== 0) return 0n;
  const [seconds = 0n, nanos = 0n] = timespec;
  return seconds * MICROS_PER_SECOND + nanos / NANOS_PER_MICRO;
}
