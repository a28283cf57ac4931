import { expect, test } from 'bun:test';
import { restartOnlyChanges } from './changes.ts';
import { load } from './load-fixture.ts';
import { declaredKeys } from './schema.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';

test('keys that need a restart are named, the others not', () => {
  const flags = { 'data-dir': '/d' };
  const before = load({ flags });
  const toml = `port = 9
listen = ["::1"]
[modes]
classic = true
[tls]
domain = ["a.example", "b.example"]
[mask]
port = 8443
[limits]
idle_timeout = "1m"
[telegram]
pool_size = 1
[telegram.dc_overrides]
2 = "127.0.0.1:1"
[log]
level = "debug"
[users.anna]
secret = "${KEY}"`;
  const after = load({ flags, toml });
  expect(restartOnlyChanges(before, after)).toEqual(['port', 'listen', 'telegram.pool_size', 'telegram.dc_overrides']);
  expect(restartOnlyChanges(after, load({ flags, toml }))).toEqual([]);
});

test('users, limits, modes, log level, mask and the fake TLS rules change while running; nothing else does', () => {
  const isLive = /^(?:log\.level$|(?:users|limits|modes|mask|tls)\.)/;
  for (const { path, key } of declaredKeys)
    expect([path, key.reload]).toEqual([path, isLive.test(path) ? 'live' : 'restart']);
});
