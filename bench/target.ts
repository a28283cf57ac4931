import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subprocess } from 'bun';

export const KEY = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
export const DOMAIN = 'front.example.org';
const PROXY_CORE = '0';
const LOAD_CORE = '1';
const OPEN_FILES = 65_536;
const SPARE_FILES = 100;
const ROOT = join(import.meta.dir, '..');

type Process = Subprocess<'pipe', 'pipe', 'inherit'>;
const running = new Set<Process>();

/** Ends whatever still runs, when a measurement failed. */
export function endAll(): void {
  for (const program of running) program.kill('SIGKILL');
}

/** Sessions that fit into the limit of open files: each takes two here and two in the load process. */
export function mostSessions(): number {
  const shown = Bun.spawnSync(['sh', '-c', `ulimit -n ${OPEN_FILES} 2>/dev/null; ulimit -n`]).stdout.toString();
  return Math.floor((Number(shown) - SPARE_FILES) / 2);
}

/** A program under measurement, alone on its core. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a program of this checkout on one core. Where the limit of open files can't be raised it stays as it is. */
export function spawnPinned(core: 'proxy' | 'load', args: readonly string[], cwd = ROOT): Process {
  const cpu = core === 'proxy' ? PROXY_CORE : LOAD_CORE;
  const script = `ulimit -n ${OPEN_FILES} 2>/dev/null; exec taskset -c ${cpu} "$0" "$@"`;
  const program = Bun.spawn(['sh', '-c', script, process.execPath, ...args], {
    cwd,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  running.add(program);
  void program.exited.then(() => running.delete(program));
  return program;
}

/** The lines a program prints, one at a time. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

export async function startFloor(dcPort: number): Promise<Target> {
  const program = spawnPinned('proxy', ['bench/floor.ts', String(dcPort)]);
  const { value } = await linesOf(program.stdout).next();
  const { port } = JSON.parse(value ?? '{}') as { port: number };
  return { port, pid: program.pid, stop: () => end(program) };
}

export interface PetrelOptions {
  readonly fastMode: boolean;
  readonly users?: number;
  /** Lines for the section `[limits]`. */
  readonly limits?: string;
}

export async function startPetrel(dcPort: number, options: PetrelOptions): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-bench-'));
  const port = await freePort();
  writeFileSync(join(folder, 'petrel.toml'), configuration(port, dcPort, options));
  const program = spawnPinned('proxy', [join(ROOT, 'src/main.ts'), 'run'], folder);
  await untilListening(port);
  const stop = async () => {
    await end(program);
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, pid: program.pid, stop };
}

function configuration(port: number, dcPort: number, options: PetrelOptions): string {
  const others = Array.from({ length: (options.users ?? 1) - 1 }, (_, index) => {
    const key = new Bun.CryptoHasher('md5').update(`user ${index}`).digest('hex');
    return `[users.other${index}]\nsecret = "${key}"`;
  });
  return `
port = ${port}
listen = ["127.0.0.1"]
[modes]
classic = true
[tls]
domain = "${DOMAIN}"
[mask]
enabled = false
[log]
level = "warn"
[limits]
${options.limits ?? ''}
[telegram]
fast_mode = ${options.fastMode}
[telegram.dc_overrides]
${[1, 2, 3, 4, 5].map((dc) => `"${dc}" = "127.0.0.1:${dcPort}"`).join('\n')}
${others.join('\n')}
[users.bench]
secret = "${KEY}"
max_connections = 0
`;
}

async function freePort(): Promise<number> {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
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

async function end(program: Process): Promise<void> {
  program.kill('SIGKILL');
  await program.exited;
}

const TICKS_PER_SECOND = 100;
/** Places of user and system time in /proc/PID/stat, counted from behind the program's name. */
const [USER_TIME, SYSTEM_TIME] = [11, 12];

/** CPU seconds a process has used, all its threads together, those that have ended too (a compiler thread does when it idles). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MB, and the part of it that is not file pages. */
export function memoryMb(pid: number): { rss: number; anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { rss: field('VmRSS'), anonymous: field('RssAnon') };
}
