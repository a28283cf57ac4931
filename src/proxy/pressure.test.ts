import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Level, levelAfter } from './pressure.ts';

const GB = 1024 ** 3;
const RANK = { normal: 0, tight: 1, critical: 2 } as const;
const level = fc.constantFrom<Level>('normal', 'tight', 'critical');
const limitBytes = fc.integer({ min: 1, max: 64 * GB });
const share = fc.double({ min: 0, max: 2, noNaN: true });

/** Figures with this share of what is counted, so far above the reserve that it does not show. */
function used(share: number) {
  const limitBytes = 1_000 * GB;
  return { usedBytes: share * limitBytes, limitBytes };
}

function follow(shares: number[], from: Level = 'normal'): Level[] {
  let level = from;
  return shares.map((share) => {
    level = levelAfter(level, used(share));
    return level;
  });
}

test('up at 80 and 92 %, down at 85 and 70 %', () => {
  expect(follow([0.1, 0.79, 0.81, 0.75, 0.71, 0.69, 0.75])).toEqual([
    'normal',
    'normal',
    'tight',
    'tight',
    'tight',
    'normal',
    'normal',
  ]);
  expect(follow([0.93, 0.91, 0.86, 0.84, 0.91, 0.93])).toEqual([
    'critical',
    'critical',
    'critical',
    'tight',
    'tight',
    'critical',
  ]);
  expect(follow([0.95, 0.1])).toEqual(['critical', 'normal']);
});

test('24 MB stay out of the count, of a small memory a quarter', () => {
  const MB = 1024 * 1024;
  expect(levelAfter('normal', { usedBytes: 83 * MB, limitBytes: 128 * MB })).toBe('normal'); // of 104
  expect(levelAfter('normal', { usedBytes: 84 * MB, limitBytes: 128 * MB })).toBe('tight');
  expect(levelAfter('normal', { usedBytes: 19 * MB, limitBytes: 32 * MB })).toBe('normal'); // of 24
  expect(levelAfter('normal', { usedBytes: 20 * MB, limitBytes: 32 * MB })).toBe('tight');
});

test('more memory in use never leads to a lower level, nor does a higher level before', () => {
  fc.assert(
    fc.property(level, level, limitBytes, share, share, (one, other, limitBytes, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((share) => ({
        usedBytes: share * limitBytes,
        limitBytes,
      })) as [{ usedBytes: number; limitBytes: number }, { usedBytes: number; limitBytes: number }];
      const [below, above] = RANK[one] <= RANK[other] ? [one, other] : [other, one];
      expect(RANK[levelAfter(below, low)]).toBeLessThanOrEqual(RANK[levelAfter(below, high)]);
      expect(RANK[levelAfter(below, low)]).toBeLessThanOrEqual(RANK[levelAfter(above, low)]);
    }),
  );
});

test('the same figures twice change nothing more', () => {
  fc.assert(
    fc.property(level, limitBytes, share, (before, limitBytes, share) => {
      const use = { usedBytes: share * limitBytes, limitBytes };
      const after = levelAfter(before, use);
      expect(levelAfter(after, use)).toBe(after);
    }),
  );
});

test('figures that move by less than the distance of the lines do not make it go up and down', () => {
  fc.assert(
    fc.property(level, share, fc.array(fc.double({ min: 0, max: 0.069, noNaN: true })), (before, base, noise) => {
      const levels = follow(
        noise.map((more) => base + more),
        before,
      );
      const changes = levels.filter((level, index) => index > 0 && level !== levels[index - 1]).length;
      expect(changes).toBeLessThanOrEqual(2); // each line is crossed once at most
    }),
  );
});
