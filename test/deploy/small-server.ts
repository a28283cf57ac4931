import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SCRIPT } from './tuning-script.ts';
import { UNTUNED } from './tuning-values.ts';

/** Whether this machine lets us hide its kernel settings behind our own; tests without it are skipped. */
export const canBuildServers =
  Bun.which('unshare') !== null &&
  Bun.spawnSync(['unshare', '--mount', '--net', '--fork', 'mount', '--bind', '/tmp', '/proc/sys']).exitCode === 0;
if (!canBuildServers) console.warn('no private mounts (root on Linux only): tests of the tuning script are skipped');

/** Where the folders of a server lie in its own view. */
const MOUNTS: Readonly<Record<string, string>> = { sys: '/proc/sys', etc: '/etc', lib: '/var/lib', run: '/run' };
/** Proves that the script sees the server and not this machine. */
const MARK = '.not-the-real-kernel';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Shell commands in the server's view, after its folders are in place. */
  readonly before?: string;
  /** What the script is run by: `setpriv ...`. */
  readonly through?: string;
}

const USUAL_OPEN_FILES = 1024;

/** A server as the tuning script sees one: its own /proc/sys, /etc, /var/lib, /run and kernel modules, in ordinary files. */
export class SmallServer implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'petrel-server-'));

  constructor(settings: Readonly<Record<string, string>> = {}) {
    for (const folder of Object.keys(MOUNTS)) mkdirSync(join(this.#root, folder));
    this.#write(join(this.#root, 'sys', MARK), '');
    for (const [name, value] of Object.entries({ ...UNTUNED, ...settings })) this.set(name, value);
    this.set('net.ipv4.tcp_available_congestion_control', 'reno cubic bbr');
    for (const folder of ['sysctl.d', 'modules-load.d', 'security/limits.d', 'systemd']) {
      mkdirSync(join(this.#root, 'etc', folder), { recursive: true });
    }
    mkdirSync(join(this.#root, 'run/systemd/system'), { recursive: true });
    cpSync(SCRIPT, join(this.#root, 'run/tune')); // where anybody may read it
    this.command('systemctl', `echo "$*" >>${this.#root}/restarts`);
    this.modules('tcp_bbr', 'nf_conntrack');
  }

  /** What `modprobe -D` knows; loading is written down. */
  modules(...names: readonly string[]): void {
    this.command(
      'modprobe',
      `case " ${names.join(' ')} " in *" \${!#} "*) echo "$*" >>${this.#root}/loads ;; *) exit 1 ;; esac`,
    );
  }

  /** Puts a command before the system's own of that name. */
  command(name: string, body: string): void {
    const path = join(this.#root, 'bin', name);
    this.#write(path, `#!/bin/bash\n${body}\n`);
    chmodSync(path, 0o755);
  }

  setting(name: string): string {
    return readFileSync(this.#settingPath(name), 'utf8').trim();
  }

  set(name: string, value: string): void {
    this.#write(this.#settingPath(name), `${value}\n`);
  }

  /** A kernel that never had it. */
  drop(...names: readonly string[]): void {
    for (const name of names) rmSync(this.#settingPath(name));
  }

  /** @returns the text, or null when there is no such file @param path as the server sees it */
  file(path: string): string | null {
    try {
      return readFileSync(this.#seen(path), 'utf8');
    } catch {
      return null;
    }
  }

  put(path: string, text: string): void {
    this.#write(this.#seen(path), text);
  }

  remove(path: string): void {
    rmSync(this.#seen(path), { recursive: true });
  }

  /** Permission bits. */
  mode(path: string): number {
    return statSync(this.#seen(path)).mode & 0o777;
  }

  /** Everything that the script could have touched: path to content. */
  everything(): Record<string, string> {
    const paths = readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('/bin'))
      .map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(paths.sort().map((path) => [path.slice(this.#root.length), readFileSync(path, 'utf8')]));
  }

  /** Units that were restarted. */
  get restarts(): string {
    return this.#read('restarts');
  }

  /** Calls of modprobe that loaded something. */
  get loads(): string[] {
    return this.#read('loads')
      .split('\n')
      .filter((call) => call !== '' && !call.includes('-D'));
  }

  run(args: readonly string[] = [], options: RunOptions = {}): Run {
    const { before = '', through = '' } = options;
    const mounts = Object.entries(MOUNTS).map(
      ([folder, target]) => `mount --bind ${join(this.#root, folder)} ${target}`,
    );
    const commands = [
      'set -e',
      `export PATH=${this.#root}/bin:$PATH`,
      ...mounts,
      `[[ -e /proc/sys/${MARK} ]]`,
      `ulimit -Sn ${USUAL_OPEN_FILES}`,
      before,
      `exec ${through} bash /run/tune "$@"`,
    ];
    const { exitCode, stdout, stderr } = Bun.spawnSync([
      ...['unshare', '--mount', '--net', '--fork'],
      ...['bash', '-c', commands.join('\n'), 'server', ...args],
    ]);
    return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #settingPath(name: string): string {
    return join(this.#root, 'sys', name.replaceAll('.', '/'));
  }

  #seen(path: string): string {
    const mount = Object.entries(MOUNTS).find(([, target]) => path.startsWith(`${target}/`));
    if (mount === undefined) throw new Error(`${path} is not a server's own`);
    return join(this.#root, mount[0], path.slice(mount[1].length));
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.#root, name), 'utf8');
    } catch {
      return '';
    }
  }
}

/** Every run loads BBR, which changes nothing when it is there. */
export function withoutLoads({ '/loads': _, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}
