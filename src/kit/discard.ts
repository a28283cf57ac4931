/** Below this the call costs more than it saves. */
export const WORTH_DISCARDING_BYTES = 16 * 1024;

/**
 * Gives the memory of bytes in bulk back at once. Left to the collector it is found free only after ten megabytes more have been
 * taken, by when the allocator has handed its pages back to the system: the next bytes then wait for a page fault every 4 KB.
 *
 * @param bytes the whole array under them must be nobody else's: it and all views of it are empty afterwards
 */
export function discard(bytes: Uint8Array): void {
  if (bytes.length >= WORTH_DISCARDING_BYTES && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}
