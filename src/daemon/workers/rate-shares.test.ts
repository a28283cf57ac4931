import { expect, test } from 'bun:test';
import { termsOf, userOf } from '../../../test/support/users.ts';
import { RateShares } from './rate-shares.ts';

test.each([
  [1, 1, 1_000],
  [1, 2, 500],
  [3, 4, 750],
  [2, 1, 1_000], // others' figures may be older than ours
  [0, 5, 1_000], // nobody here to hold back
  [1, 1_000_000, 1], // never 0, which is no limit
])('with %d of %d sessions here a rate of 1,000 is %d', (here, everywhere, rate) => {
  const user = userOf({ rateBytesPerSecond: 1_000 });
  user.connections = here;
  new RateShares().learn(user, everywhere);
  expect([user.uplinkRate.bytesPerSecond, user.downlinkRate.bytesPerSecond]).toEqual([rate, rate]);
});

test('sessions that come here, and another rate, count at once', () => {
  const user = userOf({ rateBytesPerSecond: 1_000 });
  const shares = new RateShares();
  user.connections = 1;
  shares.learn(user, 4);
  user.connections = 2;
  shares.apply(user);
  expect(user.uplinkRate.bytesPerSecond).toBe(500);
  user.terms = termsOf({ rateBytesPerSecond: 0 });
  shares.apply(user);
  expect(user.uplinkRate.bytesPerSecond).toBe(0);
});
