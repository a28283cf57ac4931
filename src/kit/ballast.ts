/** More than a proxy of a few users has in use; less changes little, more only lets more garbage wait. */
const BALLAST_BYTES = 8 * 1024 * 1024;

const held: ArrayBuffer[] = [];

/**
 * Makes the collector wait longer. It runs once as much was taken as is in use, and bytes in bulk count as taken even when they were
 * given back at once (see `discard`): with a small heap that is every ten megabytes of traffic, a fifth of the CPU of an upload.
 * The ballast counts as in use, but is never touched and so takes no memory.
 */
export function addBallast(): void {
  if (held.length === 0) held.push(new ArrayBuffer(BALLAST_BYTES));
}
