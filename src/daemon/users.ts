import type { Config } from '../config/schema.ts';
import { systemRandom } from '../kit/random.ts';
import type { UserTerms } from '../proxy/user.ts';
import type { UserStore } from '../store/store.ts';
import { KEY_BYTES } from '../wire/secret.ts';

const FIRST_USER = 'user1';

/** The users of the configuration, then those of the store; of the same name the configuration's counts. */
export function allUsers(config: Config, store: UserStore): UserTerms[] {
  const configured = new Set(config.users.map(({ name }) => name));
  const stored = store.users().filter(({ name }) => !configured.has(name));
  return [...config.users, ...stored.map((user) => ({ ...config.userDefaults, ...user }))];
}

/** Makes the first user when there is none at all. @returns whether it did */
export function ensureUser(config: Config, store: UserStore): boolean {
  if (allUsers(config, store).length > 0) return false;
  store.addUser({ name: FIRST_USER, key: systemRandom(KEY_BYTES) });
  return true;
}
