import type { Config } from '../config/schema.ts';
import { systemRandom } from '../kit/random.ts';
import type { UserTerms } from '../proxy/user.ts';
import type { StoredUser } from '../store/store.ts';
import { KEY_BYTES } from '../wire/secret.ts';

const FIRST_USER = 'user1';

/** The users of the configuration, then those of the store; of the same name the configuration's counts. */
export function allUsers(config: Config, stored: readonly StoredUser[]): UserTerms[] {
  const configured = new Set(config.users.map(({ name }) => name));
  const others = stored.filter(({ name }) => !configured.has(name));
  return [...config.users, ...others.map((user) => ({ ...config.userDefaults, ...user }))];
}

/** The user that a proxy without any makes at its first start. */
export function firstUser(): StoredUser {
  return { name: FIRST_USER, key: systemRandom(KEY_BYTES) };
}
