import { printable } from './printable.ts';

/**
 * Log lines: a constant message and fields; pretty on a terminal, JSON elsewhere.
 * Callers never pass a key or a whole secret.
 */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  /** The lowest level that is written; may be changed while running (reload). */
  level: LogLevel;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

type Render = (level: LogLevel, message: string, fields: LogFields) => string;

/**
 * @param options.format json: one object a line; pretty: time, level, message, key=value
 * @param options.write takes one line without its end
 */
export function createLog(options: {
  level: LogLevel;
  format: 'json' | 'pretty';
  colour?: boolean;
  /** Stand in every line, before the line's own. */
  fields?: LogFields;
  write: (line: string) => void;
}): Log {
  const render: Render =
    options.format === 'json' ? renderJson : (l, m, f) => renderPretty(l, m, f, options.colour === true);
  const emit = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(log.level)) return;
    options.write(render(level, message, { ...options.fields, ...fields }));
  };
  const log: Log = {
    level: options.level,
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
  };
  return log;
}

function renderJson(level: LogLevel, message: string, fields: LogFields): string {
  return printable(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
}

const COLOURS: Record<LogLevel, string> = { debug: '\x1b[2m', info: '\x1b[36m', warn: '\x1b[33m', error: '\x1b[31m' };
const PLAIN = '\x1b[0m';

function renderPretty(level: LogLevel, message: string, fields: LogFields, colour: boolean): string {
  const time = new Date().toISOString().slice(11, 19);
  const name = level.padEnd(5);
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${quoted(value)}`],
  );
  const head = colour ? `${time} ${COLOURS[level]}${name}${PLAIN} ${message}` : `${time} ${name} ${message}`;
  return pairs.length === 0 ? head : `${head}  ${pairs.join(' ')}`;
}

function quoted(value: string | number | boolean | null): string {
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : printable(JSON.stringify(text));
}
