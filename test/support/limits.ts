import type { Policy } from '../../src/proxy/policy.ts';

/** The buffers of the small-server profile, in bytes, and no other limit. */
export const LIMITS: Policy['limits'] = {
  maxConnections: 0,
  maxUnproved: 0,
  maxSockets: 0,
  spareSockets: 0,
  maxConnectionsPerIp: 0,
  toClientBuffer: [8_192, 20, 65_536],
  toTelegramBufferBytes: 32_768,
  firstByteTimeoutMs: 0,
  handshakeTimeoutMs: 0,
  idleTimeoutMs: 0,
};
