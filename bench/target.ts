import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { linesOf } from '../test/support/lines-of.ts';
import { end, ROOT, spawnProgram } from './programs.ts';
import { DOMAIN, KEY, otherUserKey } from './secrets.ts';

/** A program under measurement, alone on its core. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Null: its CPU and memory can't be read. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

export interface PetrelOptions {
  readonly fastMode?: boolean; // default true
  readonly users?: number; // default 1
  readonly workers?: number; // default 1
  /** Lines for the section `[limits]`. */
  readonly limits?: string;
  readonly poolSize?: number; // default: the proxy's own
  /** Port of the fronted site on this machine; default: no masking. */
  readonly sitePort?: number;
}

export async function startFloor(dcPort: number): Promise<Target> {
  const program = spawnProgram('proxy', ['bench/floor.ts', String(dcPort)]);
  const { value } = await linesOf(program.stdout).next();
  const { port } = JSON.parse(value ?? '{}') as { port: number };
  return { host: '127.0.0.1', port, pid: program.pid, stop: () => end(program) };
}

export async function startPetrel(dcPort: number, options: PetrelOptions = {}): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-bench-'));
  const port = freePort();
  writeFileSync(join(folder, 'petrel.toml'), petrelToml(port, `127.0.0.1:${dcPort}`, options));
  const program = spawnProgram('proxy', [join(ROOT, 'src/main.ts'), 'run'], folder);
  await untilListening(port);
  const stop = async () => {
    await end(program);
    rmSync(folder, { recursive: true, force: true });
  };
  return { host: '127.0.0.1', port, pid: program.pid, stop };
}

/** The configuration of a proxy to measure. @param dc address of the data centre that serves every id */
export function petrelToml(port: number, dc: string, options: PetrelOptions = {}): string {
  const others = Array.from(
    { length: (options.users ?? 1) - 1 },
    (_, index) => `[users.other${index}]\nsecret = "${otherUserKey(index)}"\nmax_connections = 0`,
  );
  return `
port = ${port}
listen = ["127.0.0.1"]
workers = ${options.workers ?? 1}
[modes]
classic = true
[tls]
domain = "${DOMAIN}"
[mask]
${options.sitePort === undefined ? 'enabled = false' : `host = "127.0.0.1"\nport = ${options.sitePort}`}
[log]
level = "warn"
[limits]
${options.limits ?? ''}
[telegram]
fast_mode = ${options.fastMode ?? true}
${options.poolSize === undefined ? '' : `pool_size = ${options.poolSize}`}
[telegram.dc_overrides]
${[1, 2, 3, 4, 5, 203, 10_001, 10_002, 10_003].map((id) => `"${id}" = "${dc}"`).join('\n')}
${others.join('\n')}
[users.bench]
secret = "${KEY}"
max_connections = 0
`;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } });
      socket.terminate();
      return;
    } catch {
      await Bun.sleep(25);
    }
  }
  throw new Error('the proxy under measurement does not listen');
}

const TICKS_PER_SECOND = 100;
/** Places of user and system time in /proc/PID/stat, counted from behind the program's name. */
const [USER_TIME, SYSTEM_TIME] = [11, 12];

/** A process and those that it started: with several workers all of them. */
export function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [
    pid,
    ...children
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  ];
}

/** CPU seconds a process has used, all its threads together, those that have ended too (a compiler thread does when it idles). */
export function cpuSeconds(pid: number): number {
  return sumOver(familyOf(pid), (one) => {
    const stat = readFileSync(`/proc/${one}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
  });
}

/** Resident memory of a process in MB, and the part of it that is not file pages. */
export function memoryMb(pid: number): { rss: number; anonymous: number } {
  const field = (one: number, name: string) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  };
  const family = familyOf(pid);
  return {
    rss: sumOver(family, (one) => field(one, 'VmRSS')),
    anonymous: sumOver(family, (one) => field(one, 'RssAnon')),
  };
}

function sumOver(pids: readonly number[], figure: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + figure(pid), 0);
}
