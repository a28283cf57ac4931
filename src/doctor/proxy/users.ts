import { accessSync, constants, existsSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';
import { storedUsers } from '../../daemon/stored-users.ts';
import { allUsers } from '../../daemon/users.ts';
import { type Finding, ok, warning } from '../../kit/finding.ts';
import type { UserTerms } from '../../proxy/user.ts';
import { plural } from '../amounts.ts';

export interface UsersReading {
  readonly users: readonly UserTerms[];
  /** Why those of the data folder are missing; null when they are not. */
  readonly problem: string | null;
}

export function readUsers(config: Config): UsersReading {
  try {
    if (existsSync(config.dataDir)) accessSync(config.dataDir, constants.R_OK | constants.X_OK);
    const stored = storedUsers(config);
    return { users: allUsers(config, stored), problem: null };
  } catch (error) {
    return { users: config.users, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Users whose secrets are taken now. */
export function usableUsers(users: readonly UserTerms[], now: number): UserTerms[] {
  return users.filter(({ enabled, expiresAtMs }) => enabled && (expiresAtMs === null || expiresAtMs > now));
}

export function usersFinding({ users, problem }: UsersReading, now: number): Finding {
  if (problem !== null) {
    return warning(
      'users',
      `those of the data folder cannot be read: ${problem}`,
      'run this as the user that Petrel runs as, or as root',
    );
  }
  if (users.length === 0) return ok('users', 'none yet: the first start makes one and shows its links');
  const usable = usableUsers(users, now).length;
  const seen = plural(users.length, 'user');
  if (usable === users.length) return ok('users', seen);
  const without = `${seen}, of whom ${users.length - usable} disabled or expired`;
  if (usable > 0) return ok('users', without);
  return warning('users', without, 'nobody gets in: set users.*.enabled or users.*.expires');
}
