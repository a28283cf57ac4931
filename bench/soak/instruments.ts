import { heapStats } from 'bun:jsc';

/** What the soak tells the proxy that it watches. */
export type Instruction = { readonly kind: 'clock'; readonly aheadMs: number } | { readonly kind: 'collect' };

/**
 * Loaded before the proxy (`bun --preload`) and spoken to by IPC. Its clock can be set ahead of the real one, as an operator or a
 * time daemon does it: timers go on by the monotonic clock, as on a real machine. And it can be had to collect all garbage, so
 * that what is left can be compared; it answers with the bytes in use.
 */
const realNow = Date.now;
const RealDate = Date;
let aheadMs = 0;

Date.now = () => realNow() + aheadMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [Date.now()] : args, self),
}) as DateConstructor;
process.on('message', (instruction: Instruction) => {
  if (instruction.kind === 'clock') ({ aheadMs } = instruction);
  else process.send?.(bytesInUse());
});
process.channel?.unref();

function bytesInUse(): number {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}
