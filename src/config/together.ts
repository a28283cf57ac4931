import { latin1 } from '../kit/bytes.ts';
import { MAX_USERS } from './bounds.ts';
import { type CheckedValues, secretOf, secretPath, userTables } from './checked.ts';
import { type Entry, type Layer, writtenValue } from './layer.ts';
import type { Problem } from './problem.ts';
import { samePortProblems } from './same-port.ts';
import { declaredKeys } from './schema.ts';
import { userSecretKey } from './sections/users.ts';

const SECRET_EXPECTED = userSecretKey.type.expected;
const modePaths = declaredKeys.filter(({ section }) => section === 'modes').map(({ path }) => path);

/** Values that are good alone and wrong together. */
export function togetherProblems(values: CheckedValues, layers: readonly Layer[]): Problem[] {
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

function noModeProblems(values: CheckedValues): Problem[] {
  const modes = modePaths.map((path) => values.get(path));
  if (modes.some((mode) => mode?.value !== false)) return [];
  const source = modes.findLast((mode) => mode?.source !== 'default')?.source ?? 'default';
  return [{ source, path: 'modes', text: 'expected at least one mode to be on; found none' }];
}

/** The kernel shares a port out among processes, but not a Unix socket. */
function sharedSocketProblems(values: CheckedValues): Problem[] {
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
    const path = secretPath(name);
    if (writtenValue(layers, path) !== undefined) return [];
    return [{ source, path, text: `expected ${SECRET_EXPECTED}; found nothing` }];
  });
}

/** Secrets tell users apart, so each has its own. */
function sameSecretProblems(values: CheckedValues, users: ReadonlyMap<string, Entry>): Problem[] {
  const owners = new Map<string, string>();
  return [...users.keys()].flatMap((name) => {
    const path = secretPath(name);
    const secret = secretOf(values, name);
    if (secret === null) return [];
    const key = latin1(secret.value.key);
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, name);
    if (owner === undefined) return [];
    return [{ source: secret.source, path, text: `expected a secret of its own; found that of users.${owner}` }];
  });
}
