import type { Flags } from '../config/flags-layer.ts';
import { type LoadOptions, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Terminal } from './terminal.ts';

/** Where a command's flags, working directory and environment say that the configuration is. */
export function loadOptions({ config, ...flags }: Flags, { cwd, env }: Pick<Terminal, 'cwd' | 'env'>): LoadOptions {
  return { cwd, configFile: typeof config === 'string' ? config : config?.[0], env, flags };
}

/** That configuration. @throws ConfigError (exit 2) */
export function readConfig(flags: Flags, terminal: Pick<Terminal, 'cwd' | 'env'>): Config {
  return loadConfig(loadOptions(flags, terminal));
}
