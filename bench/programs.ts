import { join } from 'node:path';
import type { Subprocess } from 'bun';

const PROXY_CORE = '0';
const LOAD_CORE = '1';
const OPEN_FILES = 65_536;
const SPARE_FILES = 100;
export const ROOT = join(import.meta.dir, '..');

export type Program = Subprocess<'pipe', 'pipe', 'inherit'>;
const running = new Set<Program>();

/** Ends whatever still runs, when a measurement failed. */
export function endAll(): void {
  for (const program of running) program.kill('SIGKILL');
}

/** Sessions that fit into the limit of open files: each takes two in the proxy. */
export function mostSessions(): number {
  const shown = Bun.spawnSync(['sh', '-c', `ulimit -n ${OPEN_FILES} 2>/dev/null; ulimit -n`]).stdout.toString();
  return Math.floor((Number(shown) - SPARE_FILES) / 2);
}

/** Starts a program of this checkout, on one core or on any. Where the limit of open files can't be raised it stays as it is. */
export function spawnProgram(core: 'proxy' | 'load' | 'any', args: readonly string[], cwd = ROOT): Program {
  const pinned = core === 'any' ? '' : `taskset -c ${core === 'proxy' ? PROXY_CORE : LOAD_CORE}`;
  const script = `ulimit -n ${OPEN_FILES} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec ${pinned} "$0" "$@"`;
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

export async function end(program: Program): Promise<void> {
  program.kill('SIGKILL');
  await program.exited;
}
