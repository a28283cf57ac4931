import type { Config } from '../config/schema.ts';
import { createLog, type Log, type LogFields } from '../kit/log.ts';
import { LogOutlet } from './log-outlet.ts';

/** The log on the standard error. @param fields stand in every line */
export function openLog({ level, format }: Config['log'], fields?: LogFields): Log {
  const { stderr } = process;
  const isTerminal = stderr.isTTY === true;
  stderr.on('error', () => {}); // its reader has gone: there is nobody left to tell
  const outlet = new LogOutlet(stderr, (lines) => log.warn('log lines were dropped: nobody read them', { lines }));
  const log = createLog({
    level,
    format: format === 'auto' ? (isTerminal ? 'pretty' : 'json') : format,
    colour: isTerminal && (process.env['NO_COLOR'] ?? '') === '',
    write: (line) => outlet.write(line),
    ...(fields && { fields }),
  });
  return log;
}
