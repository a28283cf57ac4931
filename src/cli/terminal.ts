import { startEnvironment } from './start-environment.ts';

/** What a command sees of the outside: two streams of text, the environment and the working directory. */
export interface Terminal {
  /** Writes to the standard output; the text brings its own line ends. */
  out(text: string): void;
  /** Writes to the standard error. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether the standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Whether nobody reads the standard output any more, as behind `| head`. */
  readonly isDeserted: boolean;
  readonly hasColour: boolean;
  /** Characters a line, and lines; both change while somebody resizes the window. */
  readonly columns: number;
  readonly rows: number;
}

export const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The terminal of this process. */
export interface ProcessTerminal extends Terminal {
  /** Resolves when all that went to the standard output so far has been taken: a pipe's reader may be slow. */
  flushed(): Promise<void>;
}

export function processTerminal(): ProcessTerminal {
  const { stdout, stderr } = process;
  const env = startEnvironment();
  const isTerminal = stdout.isTTY === true;
  let last = Promise.resolve();
  let isDeserted = false;
  const desert = () => {
    isDeserted = true;
  };
  stdout.on('error', desert);
  return {
    out: (text) => {
      last = new Promise<void>((resolve) => stdout.write(text, () => resolve())).catch(desert);
    },
    flushed: () => last,
    err: (text) => void stderr.write(text),
    env,
    cwd: process.cwd(),
    isTerminal,
    get isDeserted() {
      return isDeserted;
    },
    hasColour: wantsColour(isTerminal, env),
    get columns() {
      return stdout.columns || DEFAULT_COLUMNS;
    },
    get rows() {
      return stdout.rows || DEFAULT_ROWS;
    },
  };
}

/** No colour when the output is no terminal, or NO_COLOR is set, or TERM is dumb. */
export function wantsColour(isTerminal: boolean, env: Terminal['env']): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
