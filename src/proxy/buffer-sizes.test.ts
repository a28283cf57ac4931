import { expect, test } from 'bun:test';
import { dialBuffers, longestClientSegment } from './buffer-sizes.ts';

const LIMITS = {
  maxConnections: 0,
  maxConnectionsPerIp: 0,
  toClientBuffer: [8_192, 20, 65_536],
  toTelegramBufferBytes: 32_768,
  firstByteTimeoutMs: 1,
  handshakeTimeoutMs: 1,
  idleTimeoutMs: 1,
} as const;

test('within the margin a data centre may send what the link carries, beyond it segments that fit a low buffer', () => {
  expect(dialBuffers(LIMITS, 'normal', 20)).toEqual({ receive: 0, send: 0 });
  expect(dialBuffers(LIMITS, 'normal', 21)).toEqual({ receive: 0, send: 0, longestSegment: 2_048 });
  const small = { ...LIMITS, toClientBuffer: [4_096, 20, 16_384] } as const;
  expect(dialBuffers(small, 'normal', 1).longestSegment).toBe(2_048);
});

test.each(['tight', 'critical'] as const)('%s: low buffers from the first packet on, and short segments', (level) => {
  const buffers = { receive: 8_192, send: 8_192, longestSegment: 2_048 };
  expect(dialBuffers(LIMITS, level, 1)).toEqual(buffers);
  expect(dialBuffers({ ...LIMITS, toTelegramBufferBytes: 4_096 }, level, 1)).toEqual({ ...buffers, send: 4_096 });
});

test('clients are asked for shorter segments only where theirs would not fit', () => {
  expect(longestClientSegment(32_768)).toBeUndefined();
  expect(longestClientSegment(32_767)).toBe(16_383);
  expect(longestClientSegment(2_048)).toBe(1_024);
});
