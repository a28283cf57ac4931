import { ptr } from 'bun:ffi';
import { libc } from './libc.ts';

/*
 *   struct iovec   | address u64 | length u64 |
 */
const WORDS_PER_RANGE = 4;
const LENGTH_WORD = 2;
const WORD = 2 ** 32;

/** Ranges that one call can take; the kernel's own limit is 1024. */
export const MAX_RANGES = 128;

/** False where foreign calls are missing. */
export const canGather: boolean = libc !== null;

/** Byte ranges that leave in one call, in their order, without being copied together. For one write at a time; nothing is kept alive. */
export class GatheredWrite {
  readonly #ranges = new Uint32Array(MAX_RANGES * WORDS_PER_RANGE);
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** @param address of bytes that stay alive until they are written (see `addressOf`) */
  add(address: number, length: number): void {
    const at = this.#count * WORDS_PER_RANGE;
    this.#ranges[at] = address;
    this.#ranges[at + 1] = address / WORD;
    this.#ranges[at + LENGTH_WORD] = length;
    this.#count += 1;
  }

  /** @returns how many bytes the kernel took, 0 also for any fault: the runtime's own next write finds it again */
  writeTo(fd: number): number {
    return Math.max(0, libc?.writev(fd, ptr(this.#ranges), this.#count) ?? 0);
  }
}

/** Where bytes lie. Valid while the array is alive and not transferred. */
export function addressOf(bytes: Uint8Array): number {
  return ptr(bytes);
}
