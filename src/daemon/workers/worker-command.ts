/** The command by which the supervisor starts its workers; it is not for people. */
export const WORKER_COMMAND = 'worker';

/** Where a compiled executable has its program: inside itself. */
const INSIDE_EXECUTABLE = '/$bunfs/';

/** The secrets of a .env file are no business of a worker's. */
const NO_ENV_FILE = '--no-env-file';

/** The command line of a worker: this same program, from source or compiled; what was asked of the runtime (bin/petrel) holds for it too. */
export function workerCommand(): string[] {
  if (Bun.main.startsWith(INSIDE_EXECUTABLE)) return [process.execPath, WORKER_COMMAND];
  const flags = process.execArgv.filter((flag) => flag !== NO_ENV_FILE);
  return [process.execPath, NO_ENV_FILE, ...flags, Bun.main, WORKER_COMMAND];
}
