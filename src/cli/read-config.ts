import type { Flags } from '../config/flags-layer.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Terminal } from './terminal.ts';

/** The configuration that a command's flags, working directory and environment name. @throws ConfigError (exit 2) */
export function readConfig({ config, ...flags }: Flags, { cwd, env }: Pick<Terminal, 'cwd' | 'env'>): Config {
  return loadConfig({ cwd, configFile: typeof config === 'string' ? config : config?.[0], env, flags });
}
