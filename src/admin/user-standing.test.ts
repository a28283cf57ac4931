import { expect, test } from 'bun:test';
import { type Stander, standingOf } from './user-standing.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const FREE: Stander = {
  isEnabled: true,
  connections: 3,
  maxConnections: 0,
  networks: 2,
  maxNetworks: 0,
  uplinkBytes: 400,
  downlinkBytes: 600,
  quotaBytes: 0,
  expiresAtMs: null,
};

test.each<[Partial<Stander>, string, string]>([
  [{ isEnabled: false, expiresAtMs: 1 }, 'disabled', 'disabled: these links do not work'],
  [{ expiresAtMs: NOW }, 'expired', 'expired at 2026-03-01 12:00 UTC: these links do not work'],
  [{ quotaBytes: 1_000 }, 'quota used up', 'the quota of 1.0 KB is used up: these links do not work'],
  [{ maxConnections: 3 }, 'connections used up', '3 of 3 connections are in use: one more is refused'],
  [{ maxNetworks: 2 }, 'networks used up', '2 of 2 networks are in use: one more is refused'],
])('%j', (change, word, text) => {
  expect(standingOf({ ...FREE, ...change }, NOW)).toEqual({ word, text });
});

test.each<[Partial<Stander>]>([
  [{}],
  [{ expiresAtMs: NOW + 1 }],
  [{ quotaBytes: 1_001 }],
  [{ maxConnections: 4 }],
  [{ maxNetworks: 3 }],
])('admitted: %j', (change) => {
  expect(standingOf({ ...FREE, ...change }, NOW)).toBeNull();
});
