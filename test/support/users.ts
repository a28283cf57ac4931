import { fromHex } from '../../src/kit/bytes.ts';
import { RateLimit } from '../../src/proxy/rate-limit.ts';
import { User, type UserTerms } from '../../src/proxy/user.ts';
import { USER_KEY } from './proxy.ts';

/** A user's terms without any limit, and what a test changes of them. */
export function termsOf(changes: Partial<UserTerms> = {}): UserTerms {
  return {
    name: 'alice',
    key: fromHex(USER_KEY),
    maxConnections: 0,
    maxIps: 0,
    quotaBytes: 0,
    expiresAtMs: null,
    rateBytesPerSecond: 0,
    enabled: true,
    ...changes,
  };
}

export function userOf(changes: Partial<UserTerms> = {}): User {
  return new User(termsOf(changes), { uplink: new RateLimit(0), downlink: new RateLimit(0) });
}
