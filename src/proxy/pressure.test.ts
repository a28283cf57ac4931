import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Level, levelAfter, MEMORY_PLACES, type MemoryUse } from './pressure.ts';

const GB = 1024 ** 3;
const MB = 1024 ** 2;
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
  expect(levelAfter('normal', { usedBytes: 83 * MB, limitBytes: 128 * MB })).toBe('normal'); // of 104
  expect(levelAfter('normal', { usedBytes: 84 * MB, limitBytes: 128 * MB })).toBe('tight');
  expect(levelAfter('normal', { usedBytes: 19 * MB, limitBytes: 32 * MB })).toBe('normal'); // of 24
  expect(levelAfter('normal', { usedBytes: 20 * MB, limitBytes: 32 * MB })).toBe('tight');
});

/** Figures in MB: ours, what is left, what others hold. */
function beside(usedMb: number, leftMb: number, othersMb: number, place: MemoryUse['place'] = 'host'): MemoryUse {
  return { place, usedBytes: usedMb * MB, limitBytes: (usedMb + leftMb) * MB, othersBytes: othersMb * MB };
}

test.each<[string, MemoryUse, Level]>([
  ['an idle proxy, others hold nearly everything', beside(50, 30, 1_900), 'tight'],
  ['the same, and nothing may fill up any more', beside(50, 16, 1_900), 'critical'],
  ['the same in a group', beside(50, 16, 1_900, 'cgroup'), 'critical'],
  ['a small place has a nearer end', beside(10, 16, 200), 'tight'],
  ['which is an end too', beside(10, 8, 200), 'critical'],
  ['many sessions may fill more', beside(900, 43, 1_000), 'critical'],
  ['few sessions less', beside(90, 43, 1_000), 'tight'],
  ['who holds more than others do has to give back', beside(1_100, 80, 820), 'critical'],
  ['an idle proxy, others hold all that TCP may have', beside(0, 0, 2_200, 'sockets'), 'tight'],
  ['a busy one', beside(500, 0, 1_700, 'sockets'), 'tight'],
  ["TCP's memory is ours", beside(1_700, 0, 500, 'sockets'), 'critical'],
  ['others leave enough', beside(50, 200, 1_700, 'sockets'), 'normal'],
])('whose memory it is: %s', (_name, use, expected) => {
  expect(levelAfter('normal', use)).toBe(expected);
});

test('what others hold leads out of critical again', () => {
  expect(levelAfter('critical', beside(50, 18, 1_900))).toBe('critical'); // not at once: it would flutter
  expect(levelAfter('critical', beside(50, 20, 1_900))).toBe('tight');
  expect(levelAfter('critical', beside(0, 0, 2_200, 'sockets'))).toBe('tight');
  expect(levelAfter('tight', beside(50, 200, 1_900))).toBe('normal');
});

const place = fc.constantFrom(...MEMORY_PLACES);
const othersBytes = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 64 * GB }));

test('more memory in use never leads to a lower level, nor does a higher level before', () => {
  fc.assert(
    fc.property(
      level,
      level,
      limitBytes,
      othersBytes,
      place,
      share,
      share,
      (one, other, limitBytes, othersBytes, place, a, b) => {
        const at = (share: number) => ({ usedBytes: share * limitBytes, limitBytes, othersBytes, place });
        const [low, high] = [at(Math.min(a, b)), at(Math.max(a, b))];
        const [below, above] = RANK[one] <= RANK[other] ? [one, other] : [other, one];
        expect(RANK[levelAfter(below, low)]).toBeLessThanOrEqual(RANK[levelAfter(below, high)]);
        expect(RANK[levelAfter(below, low)]).toBeLessThanOrEqual(RANK[levelAfter(above, low)]);
      },
    ),
  );
});

test("others that hold more never let us have more, and never bring TCP's memory beyond tight", () => {
  fc.assert(
    fc.property(
      level,
      limitBytes,
      place,
      share,
      fc.double({ min: 1, max: 9, noNaN: true }),
      (before, all, place, part, times) => {
        const usedBytes = Math.floor((part / 4) * all);
        const held = (othersBytes: number) => ({
          usedBytes,
          limitBytes: Math.max(usedBytes, all - othersBytes),
          othersBytes,
          place,
        });
        const [some, more] = [held(usedBytes + 1), held((usedBytes + 1) * times)];
        expect(RANK[levelAfter(before, some)]).toBeLessThanOrEqual(RANK[levelAfter(before, more)]);
        if (place === 'sockets') expect(levelAfter(before, more)).not.toBe('critical');
      },
    ),
  );
});

test('the same figures twice change nothing more', () => {
  fc.assert(
    fc.property(level, limitBytes, othersBytes, place, share, (before, limitBytes, othersBytes, place, share) => {
      const use = { usedBytes: share * limitBytes, limitBytes, othersBytes, place };
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
