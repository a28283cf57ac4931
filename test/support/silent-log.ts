import { createLog, type Log } from '../../src/kit/log.ts';

/** Writes nothing, for parts that are tested alone. */
export const silentLog: Log = createLog({ level: 'error', format: 'json', write: () => {} });
