import { type Entry, type Layer, layerOf } from './layer.ts';
import { plainKeys } from './schema.ts';

/** Flags by their names without dashes ("port", "data-dir"); a list holds each repetition. */
export type Flags = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the command line says; flags that set no key are left to the command. */
export function flagsLayer(flags: Flags): Layer {
  const entries = new Map<string, Entry>();
  for (const { path, key } of plainKeys) {
    const given = key.flag === undefined ? undefined : flags[key.flag];
    if (given === undefined || key.flag === undefined) continue;
    const text = typeof given === 'string' ? given : given.join(',');
    entries.set(path, { raw: key.type.fromText?.(text), source: `--${key.flag}` });
  }
  return layerOf(entries);
}
