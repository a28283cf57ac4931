import { expect, test } from 'bun:test';
import { LIMITS } from '../../test/support/limits.ts';
import { Governor } from './governor.ts';

const LIMIT = 1_000 * 1024 ** 3;

function governorAt(share: number): Governor {
  const governor = new Governor({ bufferBudgetBytes: 1_000, mostBufferBytes: 1_000 });
  governor.observe({ usedBytes: share * LIMIT, limitBytes: LIMIT });
  return governor;
}

test('normal: nobody is refused or closed, the pool is as configured', () => {
  const governor = governorAt(0.5);
  expect(governor.level).toBe('normal');
  expect(governor.admits()).toBe(true);
  expect(governor.excess(1_000)).toBe(0);
  expect(governor.poolLimit(16)).toBe(16);
});

test('tight: small pools, nobody is refused or closed', () => {
  const governor = governorAt(0.85);
  expect(governor.level).toBe('tight');
  expect(governor.admits()).toBe(true);
  expect(governor.excess(1_000)).toBe(0);
  expect([16, 1, 0].map((size) => governor.poolLimit(size))).toEqual([2, 1, 0]);
  expect(governor.refused).toBe(0);
});

test('critical: new sessions are refused and counted, some of those that stand are too many, no pool', () => {
  const governor = governorAt(0.95);
  expect(governor.level).toBe('critical');
  expect([governor.admits(), governor.admits()]).toEqual([false, false]);
  expect(governor.refused).toBe(2);
  expect([0, 100, 10_000].map((sessions) => governor.excess(sessions))).toEqual([8, 8, 313]);
  expect(governor.poolLimit(16)).toBe(0);
});

test('figures are kept, and a change of the level is told', () => {
  const governor = new Governor({ bufferBudgetBytes: 0, mostBufferBytes: 0 });
  const shares = [0.1, 0.2, 0.85, 0.95, 0.1];
  const told = shares.map((share) => governor.observe({ usedBytes: share * LIMIT, limitBytes: LIMIT }));
  expect(told).toEqual([false, false, true, true, true]);
  expect([governor.usedBytes, governor.limitBytes]).toEqual([0.1 * LIMIT, LIMIT]);
});

test('what others hold shrinks the budget, what is charged stays, and it comes back', () => {
  const governor = governorAt(0.1);
  expect(governor.budget.take(500, 'promised')).toBe(true);
  const use = { place: 'sockets', usedBytes: 0, limitBytes: LIMIT, othersBytes: LIMIT / 2 } as const;
  governor.observe(use, 400);
  expect(governor).toMatchObject({ ...use, level: 'normal', budget: { limitBytes: 400, chargedBytes: 500 } });
  expect(governor.budget.take(1, 'promised')).toBe(false);
  governor.observe(use, 5_000);
  expect(governor.budget.limitBytes).toBe(1_000);
  expect(governor.budget.take(500, 'promised')).toBe(true);
});

test('buffer sizes follow a changed configuration', () => {
  const governor = governorAt(0);
  const rule = governor.ruleOf(LIMITS);
  expect(governor.ruleOf(LIMITS)).toBe(rule);
  expect(rule.down(20)).toEqual({ low: 8_192, free: 8_192, start: 65_536, high: 65_536 });
  expect(rule.down(21)).toEqual({ low: 8_192, free: 8_192, start: 8_192, high: 65_536 });
  expect(rule.up).toEqual({ low: 8_192, free: 32_768, start: 32_768, high: 32_768 });
  expect(governor.ruleOf({ ...LIMITS, toTelegramBufferBytes: 4_096 }).up.low).toBe(4_096);
});
