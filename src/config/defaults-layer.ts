import { type Entry, type Layer, layerOf } from './layer.ts';
import { declaredKeys } from './schema.ts';

/** The built-in defaults; keys that must be given have none. */
export function defaultsLayer(): Layer {
  const entries = declaredKeys
    .filter(({ key }) => key.default !== undefined)
    .map(({ path, key }): [string, Entry] => [path, { raw: key.default, source: 'default' }]);
  return layerOf(entries);
}
