import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { userOf } from '../../test/support/users.ts';
import { admit, Permit } from './admission.ts';
import type { StrangerReason } from './outcome.ts';
import type { User, UserTerms } from './user.ts';

const NOW = 1_700_000_000_000;

/** The permit, where one is given. */
function enter(user: User, ip: string): Permit {
  const permit = admit(user, ip, NOW);
  if (typeof permit === 'string') throw new Error(permit);
  return permit;
}

test.each<[Partial<UserTerms>, StrangerReason | null]>([
  [{}, null],
  [{ enabled: false }, 'user-disabled'],
  [{ expiresAtMs: NOW + 1 }, null],
  [{ expiresAtMs: NOW }, 'user-expired'],
  [{ expiresAtMs: NOW - 1 }, 'user-expired'],
  [{ quotaBytes: 101 }, null],
  [{ quotaBytes: 100 }, 'user-quota'],
  [{ quotaBytes: 99 }, 'user-quota'],
  [{ enabled: false, expiresAtMs: 0, quotaBytes: 1 }, 'user-disabled'],
])('terms %j of a user that has moved 100 bytes: %s', (terms, refusal) => {
  const user = userOf(terms);
  user.uplinkBytes = 40;
  user.downlinkBytes = 60;
  const permit = admit(user, '192.0.2.1', NOW);
  expect(typeof permit === 'string' ? permit : null).toBe(refusal);
  expect(user.connections).toBe(refusal === null ? 1 : 0);
  expect(user.networks.size).toBe(refusal === null ? 1 : 0);
});

test('connections are counted until they are given back, once each', () => {
  const user = userOf({ maxConnections: 2 });
  const [a] = [enter(user, '192.0.2.1'), enter(user, '192.0.2.2')];
  expect(admit(user, '192.0.2.1', NOW)).toBe('user-connections');
  a.release();
  a.release();
  expect(user.connections).toBe(1);
  enter(user, '192.0.2.3');
  expect(admit(user, '192.0.2.1', NOW)).toBe('user-connections');
});

test('networks are counted, not addresses or connections', () => {
  const user = userOf({ maxIps: 2 });
  const permits = ['192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '2001:db8::ffff'].map((ip) =>
    enter(user, ip),
  );
  expect(user.networks.size).toBe(2);
  for (const ip of ['192.0.2.2', '2001:db8:0:1::1']) expect(admit(user, ip, NOW)).toBe('user-networks');
  for (const permit of permits.slice(0, 2)) permit.release();
  expect(admit(user, '192.0.2.2', NOW)).toBe('user-networks');
  permits[2]?.release();
  enter(user, '192.0.2.2');
});

test('whatever comes and goes, nothing is taken that is not given back', () => {
  const ips = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:1::1');
  const step = fc.oneof(ips, fc.nat(5)); // one enters, or the so-manieth leaves
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(4), fc.nat(3), (steps, maxConnections, maxIps) => {
      const user = userOf({ maxConnections, maxIps });
      const permits: Permit[] = [];
      for (const each of steps) {
        if (typeof each === 'number') permits.splice(each, 1)[0]?.release();
        else {
          const permit = admit(user, each, NOW);
          if (permit instanceof Permit) permits.push(permit);
        }
        expect(user.connections).toBe(permits.length);
        if (maxConnections > 0) expect(user.connections).toBeLessThanOrEqual(maxConnections);
        if (maxIps > 0) expect(user.networks.size).toBeLessThanOrEqual(maxIps);
      }
      for (const permit of permits) permit.release();
      expect(user.connections).toBe(0);
      expect(user.networks.size).toBe(0);
    }),
  );
});
