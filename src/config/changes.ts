import { valueName } from './assemble.ts';
import { camel } from './key.ts';
import { type Config, type DeclaredKey, plainKeys } from './schema.ts';

/** Key paths whose values differ and take effect only after a restart. */
export function restartOnlyChanges(before: Config, after: Config): string[] {
  return plainKeys
    .filter(({ key }) => key.reload === 'restart')
    .filter((declared) => !Bun.deepEquals(valueAt(before, declared), valueAt(after, declared), true))
    .map(({ path }) => path);
}

/** The value of a declared key in a configuration object. */
export function valueAt(config: Config, declared: DeclaredKey): unknown {
  const part = declared.section === null ? config : member(config, camel(declared.section));
  return member(part, valueName(declared));
}

function member(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
}
