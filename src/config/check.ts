import { latin1 } from '../kit/bytes.ts';
import { MAX_USERS } from './bounds.ts';
import type { Key } from './key.ts';
import { type Entry, type Layer, writtenValue } from './layer.ts';
import { describeFound, type Problem } from './problem.ts';
import { samePortProblems } from './same-port.ts';
import { declaredKeys, USER_DEFAULTS } from './schema.ts';
import { userSecretKey } from './sections/users.ts';
import { type Refusal, readValue } from './value-type.ts';

const keysByPath = new Map(declaredKeys.map(({ path, key }) => [path, key]));
const USER_TABLE = /^users\.([^.*]+)$/;
const SECRET_EXPECTED = userSecretKey.type.expected;
const modePaths = declaredKeys.filter(({ section }) => section === 'modes').map(({ path }) => path);

/** A value that was read, with its place. */
export interface Checked {
  readonly value: unknown;
  readonly source: string;
}

/** The declaration of a key path; "users.anna.quota" has that of "users.*.quota". */
export function keyAt(path: string): Key<unknown> | undefined {
  return keysByPath.get(path) ?? keysByPath.get(path.replace(/^users\.[^.]+/, USER_DEFAULTS));
}

/** Reads every value of a layer, also those that a later layer replaces: a bad value must not wait there. */
export function checkLayer(layer: Layer): { values: Map<string, Checked>; problems: Problem[] } {
  const values = new Map<string, Checked>();
  const problems = [...layer.problems];
  for (const [path, entry] of layer.entries) {
    const key = keyAt(path);
    if (key === undefined) continue; // the table of a user
    const reading = readValue(key.type, entry.raw);
    if (reading.kind === 'match') values.set(path, { value: reading.value, source: entry.source });
    else problems.push(...reading.refusals.map((refusal) => refusedValue(path, key, entry.source, refusal)));
  }
  return { values, problems };
}

function refusedValue(path: string, { type }: Key<unknown>, source: string, { reason, at, found }: Refusal): Problem {
  const expected = at === '' ? type.expected : (type.expectedInside ?? type.expected);
  const text = reason === '' ? `expected ${expected}; found ${describeFound(found, type.isSecret)}` : reason;
  return { source, path: path + at, text };
}

/** Values that ask for parts which are not built yet. */
export function notYetProblems(values: ReadonlyMap<string, Checked>): Problem[] {
  return [...values].flatMap(([path, { value, source }]) => {
    const notYet = keyAt(path)?.notYet;
    return notYet?.isAskedFor(value) ? [{ source, path, text: `not available yet: ${notYet.part}` }] : [];
  });
}

/** The users' names and where each table stands, in the order of their first mention. */
export function userTables(layers: readonly Layer[]): Map<string, Entry> {
  const tables = new Map<string, Entry>();
  for (const [path, entry] of layers.flatMap((layer) => [...layer.entries])) {
    const name = USER_TABLE.exec(path)?.[1];
    if (name !== undefined && !tables.has(name)) tables.set(name, entry);
  }
  return tables;
}

/** Values that are good alone and wrong together. */
export function togetherProblems(values: ReadonlyMap<string, Checked>, layers: readonly Layer[]): Problem[] {
  const users = userTables(layers);
  return [
    ...noModeProblems(values),
    ...sharedSocketProblems(values),
    ...samePortProblems(values),
    ...userCountProblems(users),
    ...missingSecretProblems(users, layers),
    ...sameSecretProblems(values, users),
  ];
}

function noModeProblems(values: ReadonlyMap<string, Checked>): Problem[] {
  const modes = modePaths.map((path) => values.get(path));
  if (modes.some((mode) => mode?.value !== false)) return [];
  const source = modes.findLast((mode) => mode?.source !== 'default')?.source ?? 'default';
  return [{ source, path: 'modes', text: 'expected at least one mode to be on; found none' }];
}

/** The kernel shares a port out among processes, but not a Unix socket. */
function sharedSocketProblems(values: ReadonlyMap<string, Checked>): Problem[] {
  const [workers, listen] = [values.get('workers'), values.get('listen')];
  if (workers === undefined || workers.value === 1 || !hasUnixSocket(listen?.value)) return [];
  return [
    {
      source: workers.source,
      path: 'workers',
      text: 'expected 1, since listen names a Unix socket, which cannot be shared',
    },
  ];
}

function hasUnixSocket(listen: unknown): boolean {
  return Array.isArray(listen) && listen.some((socket) => socket?.kind === 'unix');
}

function userCountProblems(users: ReadonlyMap<string, Entry>): Problem[] {
  const first = [...users.values()][MAX_USERS];
  if (first === undefined) return [];
  return [{ source: first.source, path: 'users', text: `expected at most ${MAX_USERS} users; found ${users.size}` }];
}

function missingSecretProblems(users: ReadonlyMap<string, Entry>, layers: readonly Layer[]): Problem[] {
  return [...users].flatMap(([name, { source }]) => {
    const path = `users.${name}.secret`;
    if (writtenValue(layers, path) !== undefined) return [];
    return [{ source, path, text: `expected ${SECRET_EXPECTED}; found nothing` }];
  });
}

/** Secrets tell users apart, so each has its own. */
function sameSecretProblems(values: ReadonlyMap<string, Checked>, users: ReadonlyMap<string, Entry>): Problem[] {
  const owners = new Map<string, string>();
  return [...users.keys()].flatMap((name) => {
    const path = `users.${name}.secret`;
    const secret = values.get(path);
    if (!(secret?.value instanceof Uint8Array)) return [];
    const owner = owners.get(latin1(secret.value));
    if (owner === undefined) owners.set(latin1(secret.value), name);
    if (owner === undefined) return [];
    return [{ source: secret.source, path, text: `expected a secret of its own; found that of users.${owner}` }];
  });
}
