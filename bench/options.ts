import { join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run bench -- [options]

  --modes classic,dd,ee   which modes are measured
  --only TEXT             only lines whose name has TEXT
  --repeats N             turns of each pair after a warm-up (default 5)
  --no-cpu --no-latency --no-memory    leave a part out
  --sessions N            idle sessions of the memory part (default 10,000, or what open files allow)
  --limits TEXT           lines for the proxy's [limits], as 'to_telegram_buffer = "256KB"'
  --stalled N             stalled readers of the memory part (default 500)
  --container             Petrel inside control groups of 0.8 CPU and 1.5 GB (needs root)
  --workers N             processes of Petrel there (default 1); each has its own limit of open files
  --json FILE             where the figures go (default bench/results/latest.json)
  --plots FOLDER          draws them there too, as SVG

  --target HOST:PORT --secret SECRET   drives another proxy with the same load; its data centres
                          have to be 127.0.0.1 and the port that --dc-port sets
  --dc-port PORT          port of the simulated data centre (default: any free one)
  --pid PID               the other proxy's process, when its CPU is to be measured
`;

/** Another proxy than ours, already running. */
export interface OtherTarget {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly pid: number | null;
}

export interface Options {
  readonly modes: readonly string[];
  readonly only: string | null;
  readonly repeats: number;
  readonly parts: { readonly cpu: boolean; readonly latency: boolean; readonly memory: boolean };
  readonly sessions: number;
  readonly stalled: number;
  readonly limits: string;
  readonly inContainer: boolean;
  readonly workers: number;
  readonly json: string;
  readonly plots: string | null;
  readonly dcPort: number;
  readonly other: OtherTarget | null;
}

/** Reads the arguments; prints the usage and exits for --help and for what makes no sense. */
export function readOptions(args: readonly string[]): Options {
  try {
    const options = parse(args);
    if (options !== null) return options;
    console.log(USAGE);
    return process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return process.exit(2);
  }
}

function parse(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      modes: { type: 'string', default: 'classic,dd,ee' },
      only: { type: 'string' },
      repeats: { type: 'string', default: '5' },
      'no-cpu': { type: 'boolean', default: false },
      'no-latency': { type: 'boolean', default: false },
      'no-memory': { type: 'boolean', default: false },
      sessions: { type: 'string', default: '10000' },
      stalled: { type: 'string', default: '500' },
      limits: { type: 'string', default: '' },
      workers: { type: 'string', default: '1' },
      container: { type: 'boolean', default: false },
      json: { type: 'string', default: join(import.meta.dir, 'results/latest.json') },
      plots: { type: 'string' },
      target: { type: 'string' },
      secret: { type: 'string' },
      pid: { type: 'string' },
      'dc-port': { type: 'string', default: '0' },
    },
  });
  if (values.help) return null;
  return {
    modes: values.modes.split(','),
    only: values.only ?? null,
    repeats: count('repeats', values.repeats),
    parts: { cpu: !values['no-cpu'], latency: !values['no-latency'], memory: !values['no-memory'] },
    sessions: count('sessions', values.sessions),
    stalled: count('stalled', values.stalled),
    limits: values.limits,
    inContainer: values.container,
    workers: count('workers', values.workers),
    json: values.json,
    plots: values.plots ?? null,
    dcPort: values['dc-port'] === '0' ? 0 : count('dc-port', values['dc-port']),
    other: values.target === undefined ? null : otherTarget(values.target, values.secret, values.pid),
  };
}

function otherTarget(target: string, secret: string | undefined, pid: string | undefined): OtherTarget {
  const [, host, port] = /^(.+):(\d+)$/.exec(target) ?? [];
  if (host === undefined || port === undefined) throw new Error('--target: expected HOST:PORT');
  if (secret === undefined) throw new Error('--target needs --secret');
  return { host, port: Number(port), secret, pid: pid === undefined ? null : count('pid', pid) };
}

function count(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name}: expected a whole number from 1`);
}
