import { expect, test } from 'bun:test';
import { BufferRule, dialBuffers, longestClientSegment } from './buffer-sizes.ts';

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
  const small = { ...LIMITS, toClientBuffer: [4_096, 20, 65_535] } as const;
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

test('two of the longest segments fit into every buffer that receives them, while memory lasts', () => {
  for (const uplink of [8_192, 32_768, 131_072]) {
    const rule = new BufferRule({ ...LIMITS, toTelegramBufferBytes: uplink });
    for (const segment of [536, 1_448, 8_948, 16_384, 32_755]) {
      const ofClient = Math.min(segment, longestClientSegment(uplink) ?? segment);
      expect(rule.up(ofClient).start).toBeGreaterThanOrEqual(2 * ofClient);
      expect(rule.down(1_000, segment).start).toBeGreaterThanOrEqual(2 * segment);
    }
  }
});

test('what is larger for long segments is free; a small link keeps what is configured', () => {
  const rule = new BufferRule(LIMITS);
  expect(rule.up(32_755)).toEqual({ low: 8_192, free: 65_536, start: 65_536, high: 65_536 });
  expect(rule.up(1_448).start).toBe(32_768);
  expect(rule.down(21, 4_096).start).toBe(8_192);
  expect(rule.down(21, 4_097).start).toBe(65_536);
});
