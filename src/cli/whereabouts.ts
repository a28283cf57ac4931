import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONTROL_SOCKET } from '../admin/control-path.ts';
import { namedDataFolder } from '../config/data-folder.ts';
import { DEFAULT_FILE, DOTENV_FILE } from '../config/files.ts';
import type { Flags } from '../config/flags-layer.ts';
import { type LoadOptions, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { STORE_FILE } from '../store/open-store.ts';
import { loadOptions } from './read-config.ts';
import type { Terminal } from './terminal.ts';

/** Where the proxy that a command is about keeps its things. */
export interface Whereabouts {
  readonly dataDir: string;
  /** Null where it would be refused now: the proxy that runs has a good one all the same. */
  readonly config: Config | null;
  readonly refusal: ConfigError | null;
  /** Where it was found, when that is not the working directory; null: it is. */
  readonly elsewhere: string | null;
}

/** Where deploy/install.sh puts configuration and data of the system's service. */
const SERVICE = { config: '/etc/petrel', data: '/var/lib/petrel' };
const DEFAULT_DATA_DIR = 'data';
/** How sources of problems begin that are no files. */
const NOT_ON_DISK = /^(?:environment: |--)/;

/**
 * Finds the data folder by flags, environment and configuration, whether or not the configuration would be taken. Where
 * nothing of Petrel's is in the working directory it is that of the system's service: `told` says so.
 *
 * @param service where that is, for tests
 */
export function whereabouts(flags: Flags, terminal: Pick<Terminal, 'cwd' | 'env'>, service = SERVICE): Whereabouts {
  const options = loadOptions(flags, terminal);
  const found = namesNothing(options) ? serviceOptions(options, service) : null;
  if (found === null) return { ...read(options, resolve(options.cwd, DEFAULT_DATA_DIR)), elsewhere: null };
  return { ...read(found, service.data), elsewhere: found.configFile ?? service.data };
}

/** Says on the standard error which proxy a command is about, where that is not plain. */
export function told(place: Whereabouts, terminal: Pick<Terminal, 'err'>): Whereabouts {
  const { elsewhere } = place;
  if (elsewhere !== null) terminal.err(`petrel: there is nothing of Petrel in this folder: using ${elsewhere}\n`);
  return place;
}

function read(options: LoadOptions, defaultFolder: string): Omit<Whereabouts, 'elsewhere'> {
  try {
    const config = loadConfig(options);
    return { dataDir: config.dataDir, config, refusal: null };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { dataDir: namedDataFolder(options) ?? defaultFolder, config: null, refusal: error };
  }
}

/** Whether neither the command line nor the environment nor the working directory names a proxy. */
function namesNothing(options: LoadOptions): boolean {
  const { cwd, configFile } = options;
  if (configFile !== undefined || namedDataFolder(options) !== null) return false;
  const folder = join(cwd, DEFAULT_DATA_DIR);
  const signs = [
    join(cwd, DEFAULT_FILE),
    join(cwd, DOTENV_FILE),
    join(folder, STORE_FILE),
    join(folder, CONTROL_SOCKET),
  ];
  return !signs.some((path) => existsSync(path));
}

/** As its unit starts it: in its folder, where `.env` is read too. Null when there is no service. */
function serviceOptions(options: LoadOptions, { config, data }: typeof SERVICE): LoadOptions | null {
  const configFile = join(config, DEFAULT_FILE);
  if (isThere(configFile)) return { ...options, cwd: config, configFile };
  return isThere(data) ? { ...options, flags: { ...options.flags, 'data-dir': data } } : null;
}

/** Also what this user may not look at: that is said when it is opened. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** What to say of a configuration that would not be taken now; empty for a good one. */
export function refusalText({ refusal }: Whereabouts): string {
  if (refusal === null) return '';
  const isOnDisk = refusal.problems.some(({ source }) => !NOT_ON_DISK.test(source));
  return `${isOnDisk ? 'the file on disk' : 'what the environment sets'} would be refused: ${refusal.message}`;
}
