import { assemble } from './assemble.ts';
import { checkLayer, notYetProblems } from './check.ts';
import { userTables } from './checked.ts';
import { defaultsLayer } from './defaults-layer.ts';
import { environmentLayers } from './environment-layer.ts';
import { DOTENV_FILE, readConfigFile, readDotenvFile, stateOf } from './files.ts';
import { type Flags, flagsLayer } from './flags-layer.ts';
import { type Layer, writtenValue } from './layer.ts';
import { valueNotices } from './notices.ts';
import { ConfigError } from './problem.ts';
import { isProfileName, type ProfileName, profileLayer } from './profiles.ts';
import type { Config } from './schema.ts';
import { togetherProblems } from './together.ts';

const DEFAULT_PROFILE: ProfileName = 'lowres';

export interface LoadOptions {
  /** Working directory: holds petrel.toml and .env, and relative paths start there. */
  readonly cwd: string;
  /** `--config FILE`; must exist. Without it petrel.toml is read when there is one. */
  readonly configFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: Flags | undefined;
}

/**
 * Reads the configuration: built-in defaults < profile < file < .env < environment < flags.
 *
 * @returns a deeply frozen object; nothing reads files or the environment later
 * @throws ConfigError listing every problem
 */
export function loadConfig(options: LoadOptions): Config {
  const defaults = defaultsLayer();
  const file = readConfigFile(options.cwd, options.configFile);
  const dotenv = readDotenvFile(options.cwd);
  const variables = environmentLayers(dotenv, options.env, [defaults, file.layer]);
  const given = [file.layer, ...variables, flagsLayer(options.flags ?? {})];
  const layers = [defaults, profileLayer(chosenProfile(given)), ...given];

  const checked = layers.map(checkLayer);
  const values = new Map(checked.flatMap((layer) => [...layer.values]));
  const problems = [
    ...checked.flatMap((layer) => layer.problems),
    ...notYetProblems(values),
    ...togetherProblems(values, layers),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const users = [...userTables(layers).keys()];
  const notices = [...layers.flatMap((layer) => layer.notices), ...valueNotices(values, users, Date.now())];
  const files = new Map([
    [file.name, file.state],
    [DOTENV_FILE, stateOf(dotenv)],
  ]);
  return assemble(values, users, { cwd: options.cwd, file: file.path, files, notices });
}

/** The last layer that names a profile decides; a bad name is refused with the other values. */
function chosenProfile(layers: readonly Layer[]): ProfileName {
  const name = writtenValue(layers, 'profile');
  return isProfileName(name) ? name : DEFAULT_PROFILE;
}
