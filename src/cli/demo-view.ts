/** The figures of one moment of the demo. */
export interface DemoFigures {
  readonly elapsedSeconds: number;
  readonly totalSeconds: number;
  readonly clients: number;
  /** Sessions open now and begun so far, by mode. */
  readonly modes: readonly { readonly name: string; readonly open: number; readonly begun: number }[];
  readonly users: readonly { readonly name: string; readonly connections: number }[];
  /** Bytes a second, and all so far. */
  readonly down: { readonly rate: number; readonly total: number };
  readonly up: { readonly rate: number; readonly total: number };
  /** Milliseconds, of late. */
  readonly roundTrip: { readonly p50: number; readonly p99: number };
  readonly rssBytes: number;
  readonly strangers: number;
  readonly failures: number;
}

const LABEL_WIDTH = 13;
const RATE_WIDTH = 14;
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/** The table for a terminal, a line an element. */
export function tableLines(figures: DemoFigures, hasColour: boolean): string[] {
  const { down, up, roundTrip } = figures;
  const open = figures.modes.reduce((sum, mode) => sum + mode.open, 0);
  const begun = figures.modes.reduce((sum, mode) => sum + mode.begun, 0);
  const title = `petrel demo   ${seconds(figures)}   ${figures.clients} simulated clients, simulated Telegram, real proxy`;
  const rows: [string, string][] = [
    ['sessions', `${open} open, ${begun} so far   ${figures.modes.map(modeText).join('   ')}`],
    ['users', figures.users.map(({ name, connections }) => `${name} ${connections}`).join('   ')],
    ['down', transferText(down)],
    ['up', transferText(up)],
    ['round trip', `p50 ${roundTrip.p50.toFixed(1)} ms   p99 ${roundTrip.p99.toFixed(1)} ms`],
    ['memory', `${megabytes(figures.rssBytes)} MB (proxy, Telegram and all clients in one process)`],
    ['strangers', `${figures.strangers} were shown the fronted site`],
    ['failures', String(figures.failures)],
  ];
  return [
    hasColour ? BOLD + title + PLAIN : title,
    ...rows.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${text}`),
  ];
}

/** The same in one line, for logs and pipes. */
export function plainLine(figures: DemoFigures): string {
  const { down, up, roundTrip } = figures;
  return [
    seconds(figures),
    ...figures.modes.map(modeText),
    `down ${megabytes(down.rate)} MB/s`,
    `up ${megabytes(up.rate)} MB/s`,
    `p50 ${roundTrip.p50.toFixed(1)} ms`,
    `p99 ${roundTrip.p99.toFixed(1)} ms`,
    `memory ${megabytes(figures.rssBytes)} MB`,
    `failures ${figures.failures}`,
  ].join('  ');
}

export function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}

function seconds({ elapsedSeconds, totalSeconds }: DemoFigures): string {
  return `${Math.floor(elapsedSeconds)} s of ${totalSeconds} s`;
}

function transferText({ rate, total }: { rate: number; total: number }): string {
  const speed = `${megabytes(rate)} MB/s`;
  return `${speed.padEnd(RATE_WIDTH)}${megabytes(total)} MB verified`;
}

function modeText({ name, open }: { name: string; open: number }): string {
  return `${name} ${open}`;
}
