import { expect, test } from 'bun:test';
import { LIMITS } from '../../test/support/limits.ts';
import { dialBuffers, roomForSegments } from './buffer-sizes.ts';

test('within the margin a data centre may send segments as the link has them, beyond it short ones', () => {
  expect(dialBuffers(LIMITS, 'normal', 20)).toEqual({ receive: 0, send: 0 });
  expect(dialBuffers(LIMITS, 'normal', 21)).toEqual({ receive: 0, send: 0, longestSegment: 2_048 });
});

test.each(['tight', 'critical'] as const)('%s: low buffers from the first packet on, and short segments', (level) => {
  const low = { receive: 8_192, send: 8_192, longestSegment: 2_048 };
  expect(dialBuffers(LIMITS, level, 1)).toEqual(low);
  expect(dialBuffers({ ...LIMITS, toTelegramBufferBytes: 4_096 }, level, 1)).toEqual({ ...low, send: 4_096 });
});

test.each([
  [0, 0],
  [1_448, 0],
  [2_048, 0],
  [8_948, 17_896],
  [32_755, 65_510],
  [65_483, 65_536],
])('segments of %p bytes need a receive buffer of %p', (segment, room) => {
  expect(roomForSegments(segment)).toBe(room);
});
