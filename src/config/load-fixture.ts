import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flags } from './flags-layer.ts';
import { loadConfig } from './load.ts';
import { ConfigError } from './problem.ts';
import type { Config } from './schema.ts';

/** What a test puts in each place that the configuration is read from. */
export interface Places {
  readonly toml?: string;
  readonly dotenv?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: Flags;
  /** More files, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly configFile?: string;
}

/** Runs `use` in a new folder that is removed afterwards. */
export function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-config-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Loads a configuration from a folder of its own. */
export function load({ toml, dotenv, env = {}, flags, files = {}, configFile }: Places): Config {
  return inFolder((cwd) => {
    if (toml !== undefined) writeFileSync(join(cwd, 'petrel.toml'), toml);
    if (dotenv !== undefined) writeFileSync(join(cwd, '.env'), dotenv);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    return loadConfig({ cwd, env, flags, configFile });
  });
}

/** The lines of the refusal of a bad configuration, without the first. */
export function refusal(places: Places): string[] {
  try {
    load(places);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  throw new Error('expected the configuration to be refused');
}
