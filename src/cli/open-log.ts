import type { Config } from '../config/schema.ts';
import { createLog, type Log, type LogFields } from '../kit/log.ts';

/** The log on the standard error. @param fields stand in every line */
export function openLog({ level, format }: Config['log'], fields?: LogFields): Log {
  const isTerminal = process.stderr.isTTY === true;
  return createLog({
    level,
    format: format === 'auto' ? (isTerminal ? 'pretty' : 'json') : format,
    colour: isTerminal && (process.env['NO_COLOR'] ?? '') === '',
    write: (line) => void process.stderr.write(`${line}\n`),
    ...(fields && { fields }),
  });
}
