/** The command by which the supervisor starts its workers; it is not for people. */
export const WORKER_COMMAND = 'worker';

/** Where a compiled executable has its program: inside itself. */
const INSIDE_EXECUTABLE = '/$bunfs/';

/** The command line of a worker: this same program, from source or compiled. */
export function workerCommand(): string[] {
  if (Bun.main.startsWith(INSIDE_EXECUTABLE)) return [process.execPath, WORKER_COMMAND];
  return [process.execPath, ...process.execArgv, Bun.main, WORKER_COMMAND];
}
