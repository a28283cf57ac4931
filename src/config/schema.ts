import type { FileState } from './files.ts';
import type { Camel, Key, Section, Values } from './key.ts';
import type { Problem } from './problem.ts';
import { mask, modes, proxyProtocol, tls } from './sections/front.ts';
import { limits } from './sections/limits.ts';
import { listenOptions } from './sections/listen-options.ts';
import { admin, cluster, log, metrics } from './sections/operations.ts';
import { middleProxy, telegram } from './sections/telegram.ts';
import { topKeys } from './sections/top.ts';
import { userLimitKeys, userSecretKey } from './sections/users.ts';

/** Sections in the order of the example and the documentation; users stand apart, their tables are named by the operator. */
export const sections = {
  listen_options: listenOptions,
  modes,
  tls,
  mask,
  limits,
  telegram,
  middle_proxy: middleProxy,
  proxy_protocol: proxyProtocol,
  metrics,
  admin,
  cluster,
  log,
};

/** Path of what every user has that does not say otherwise. */
export const USER_DEFAULTS = 'users.*';

export interface DeclaredKey {
  /** "port", "limits.idle_timeout" or "users.*.quota". */
  readonly path: string;
  readonly section: string | null;
  readonly name: string;
  readonly key: Key<unknown>;
}

/** Every key outside the users' tables, in order. */
export const plainKeys: readonly DeclaredKey[] = [
  ...Object.entries(topKeys).map(([name, key]) => ({ path: name, section: null, name, key })),
  ...Object.entries<Section>(sections).flatMap(([section, { keys }]) =>
    Object.entries(keys).map(([name, key]) => ({ path: `${section}.${name}`, section, name, key })),
  ),
];

/** Every key of a user's table, in order. */
export const userKeys: readonly DeclaredKey[] = Object.entries({ secret: userSecretKey, ...userLimitKeys }).map(
  ([name, key]) => ({ path: `${USER_DEFAULTS}.${name}`, section: 'users', name, key }),
);

export const declaredKeys: readonly DeclaredKey[] = [...plainKeys, ...userKeys];
const keysByPath = new Map(declaredKeys.map(({ path, key }) => [path, key]));

/** The declaration of a key path; "users.anna.quota" has that of "users.*.quota". */
export function keyAt(path: string): Key<unknown> | undefined {
  return keysByPath.get(path) ?? keysByPath.get(path.replace(/^users\.[^.]+/, USER_DEFAULTS));
}

/** What a user may take, in units: the part of a user that is not its name and key. */
export type UserLimits = Values<typeof userLimitKeys>;

export type UserConfig = UserLimits & { readonly name: string; readonly key: Uint8Array };

/** The whole configuration once read; deeply frozen. */
export type Config = Values<typeof topKeys> & {
  readonly [Name in keyof typeof sections as Camel<Name>]: Values<(typeof sections)[Name]['keys']>;
} & {
  readonly users: readonly UserConfig[];
  /** Limits of users that state none: for those made by `petrel user add` and at the first start. */
  readonly userDefaults: UserLimits;
  /** Key path to where its value came from, such as "petrel.toml:7", "profile standard" or "default". */
  readonly sources: ReadonlyMap<string, string>;
  /** The file that was read; null when there was none. */
  readonly file: string | null;
  /** How petrel.toml and .env were found, by their names in `sources`. */
  readonly files: ReadonlyMap<string, FileState>;
  /** What was accepted and most likely is a mistake. */
  readonly notices: readonly Problem[];
};
