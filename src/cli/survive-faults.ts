import type { Log } from '../kit/log.ts';

/** The last resort: a fault costs the session it happened in, never the process. */
export function surviveFaults(log: Log): void {
  const faulted = (fault: unknown) =>
    log.error('a fault of ours', { fault: String(fault), stack: fault instanceof Error ? fault.stack : undefined });
  process.on('uncaughtException', faulted);
  process.on('unhandledRejection', faulted);
}
