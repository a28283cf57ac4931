import type { ValueType } from './value-type.ts';

/** Whether a changed value takes effect on reload or only after a restart. */
export type Reload = 'live' | 'restart';

/** One configuration key: everything that the loader, the types, the documentation and the example know about it. */
export interface Key<T, Suffix extends string = string> {
  readonly type: ValueType<T, Suffix>;
  /** As it is written in TOML; undefined when there is none and the key must be given. */
  readonly default: unknown;
  readonly doc: string;
  readonly reload: Reload;
  /** Environment name beside the general PETREL_<SECTION>_<KEY>. */
  readonly env?: string;
  /** Environment name that replaces only the port in a "host:port" value. */
  readonly envPort?: string;
  /** Command line flag, without dashes. */
  readonly flag?: string;
  /** The part that is not built yet and that every value but the default would need. */
  readonly notYet?: string;
}

export type Keys = { readonly [name: string]: Key<unknown> };

export interface Section<K extends Keys = Keys> {
  readonly doc: string;
  readonly keys: K;
}

export function key<T, Suffix extends string>(
  type: ValueType<T, Suffix>,
  about: Omit<Key<T, Suffix>, 'type'>,
): Key<T, Suffix> {
  return { type, ...about };
}

export function section<K extends Keys>(doc: string, keys: K): Section<K> {
  return { doc, keys };
}

/** "idle_timeout" to "idleTimeout", for the compiler. */
export type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** "idle_timeout" to "idleTimeout". */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

type Named<Name extends string, K> = K extends Key<unknown, infer Suffix> ? `${Camel<Name>}${Suffix}` : never;
type ValueOf<K> = K extends Key<infer T> ? T : never;

/** The part of the configuration object that a set of keys becomes. */
export type Values<K extends Keys> = {
  readonly [Name in keyof K & string as Named<Name, K[Name]>]: ValueOf<K[Name]>;
};
