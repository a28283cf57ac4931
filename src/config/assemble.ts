import { type CheckedValues, secretOf } from './checked.ts';
import { camel } from './key.ts';
import { type Config, type DeclaredKey, plainKeys, USER_DEFAULTS, userKeys } from './schema.ts';
import { absolutePath } from './types/texts.ts';

const SECRET = 'secret';
const userLimits = userKeys.filter(({ name }) => name !== SECRET);

/** Name of a key in the configuration object: "idle_timeout" is "idleTimeoutMs". */
export function valueName({ name, key }: DeclaredKey): string {
  return camel(name) + key.type.suffix;
}

/** Builds the configuration object out of checked values. @param cwd what relative paths are relative to */
export function assemble(
  values: CheckedValues,
  userNames: readonly string[],
  { cwd, ...about }: { cwd: string } & Pick<Config, 'file' | 'files' | 'notices'>,
): Config {
  const config: Record<string, unknown> = { ...about };
  for (const declared of plainKeys) {
    const value = withAbsolutePaths(declared, values.get(declared.path)?.value, cwd);
    if (declared.section === null) config[valueName(declared)] = value;
    else config[camel(declared.section)] = { ...Object(config[camel(declared.section)]), [valueName(declared)]: value };
  }
  config['users'] = userNames.map((name) => assembleUser(values, name));
  config['userDefaults'] = assembleLimits(values, USER_DEFAULTS);
  config['sources'] = new Map([...values].map(([path, { source }]) => [path, source]));
  return frozen(config) as Config; // its type is computed from the same declarations that this walked
}

function assembleUser(values: CheckedValues, name: string): object {
  const table = `users.${name}`;
  return { name, key: secretOf(values, name)?.value.key, ...assembleLimits(values, table) };
}

function assembleLimits(values: CheckedValues, table: string): object {
  const limits = userLimits.map((declared) => {
    const own = values.get(`${table}.${declared.name}`) ?? values.get(declared.path);
    return [valueName(declared), own?.value];
  });
  return Object.fromEntries(limits);
}

function withAbsolutePaths({ path }: DeclaredKey, value: unknown, cwd: string): unknown {
  const isFilePath = path === 'data_dir' || path.endsWith('_file');
  return isFilePath && typeof value === 'string' ? absolutePath(cwd, value) : value;
}

/** Freezes objects, arrays and maps; bytes cannot be frozen. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
