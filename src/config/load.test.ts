import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { fromHex, hex } from '../kit/bytes.ts';
import { loadConfig } from './load.ts';
import { inFolder, load, refusal } from './load-fixture.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';
const OTHER_KEY = '9f3b6c1d0e2a4f5b8c7d9e0f1a2b3c4d';

test('nothing at all gives the lowres defaults', () => {
  inFolder((cwd) => {
    const config = loadConfig({ cwd, env: {} });
    expect(config).toMatchObject({
      file: null,
      port: 8080,
      listen: [
        { kind: 'tcp', host: '0.0.0.0' },
        { kind: 'tcp', host: '::' },
      ],
      publicHost: '',
      publicPort: 0,
      profile: 'lowres',
      workers: 1,
      dataDir: join(cwd, 'data'),
      modes: { classic: false, secure: true, tls: true, web: false },
      tls: { domains: ['www.cloudflare.com'], unknownSni: 'mask', maxClockSkewMs: 120_000 },
      mask: { enabled: true, host: null, port: 443, proxyProtocol: 0 },
      limits: {
        maxConnections: 0,
        maxConnectionsPerIp: 0,
        toClientBuffer: { lowBytes: 8192, sessionsMargin: 20, highBytes: 65536 },
        toTelegramBufferBytes: 32768,
        replayEntries: 4096,
        clientIps: 1024,
        firstByteTimeoutMs: 300_000,
        handshakeTimeoutMs: 10_000,
        idleTimeoutMs: 300_000,
      },
      telegram: {
        route: 'direct',
        preferIpv6: false,
        fastMode: true,
        poolSize: 16,
        connectTimeoutMs: 10_000,
        upstream: null,
      },
      middleProxy: { adTag: null, refreshMs: 3_600_000, publicIp: '' },
      proxyProtocol: { enabled: false, trusted: [{ bits: 8 }, { bits: 128 }] },
      metrics: { enabled: false, listen: { host: '127.0.0.1', port: 9090 } },
      admin: { enabled: true, listen: { host: '127.0.0.1', port: 9091 }, token: '' },
      cluster: { redis: '' },
      log: { level: 'info', format: 'auto' },
      users: [],
      userDefaults: { maxConnections: 8, quotaBytes: 0, expiresAtMs: null, enabled: true },
    });
    expect(config.telegram.dcOverrides.size).toBe(0);
    expect(config.sources.get('port')).toBe('default');
  });
});

describe('a later place wins, key by key', () => {
  const toml = 'port = 1001\nprofile = "standard"\n[limits]\nreplay_entries = 500\n[log]\nlevel = "warn"';
  const dotenv = 'MTPROTO_PORT=1002\nPETREL_LOG_LEVEL=error';
  const env = { MTPROTO_PORT: '1003' };
  const flags = { port: '1004' };

  test.each([
    [{}, 8080, 'default'],
    [{ toml }, 1001, 'petrel.toml:1'],
    [{ toml, dotenv }, 1002, '.env: MTPROTO_PORT'],
    [{ toml, dotenv, env }, 1003, 'environment: MTPROTO_PORT'],
    [{ toml, dotenv, env, flags }, 1004, '--port'],
  ])('port, case %#', (places, port, source) => {
    const config = load(places);
    expect(config.port).toBe(port);
    expect(config.sources.get('port')).toBe(source);
  });

  test('the profile lies under the file, whoever names it', () => {
    const config = load({ toml, dotenv, env, flags });
    expect(config.limits.replayEntries).toBe(500);
    expect(config.limits.toTelegramBufferBytes).toBe(131_072);
    expect(config.sources.get('limits.to_telegram_buffer')).toBe('profile standard');
    expect(config.log.level).toBe('error');
    expect(load({ toml, flags: { profile: 'lowres' } }).limits.toTelegramBufferBytes).toBe(32_768);
    expect(load({ env: { PETREL_PROFILE: 'standard' } }).limits.clientIps).toBe(16_384);
  });

  test('every flag', () => {
    const flags = { listen: ['127.0.0.1', 'unix:/run/p.sock'], 'data-dir': '/var/p', 'log-level': 'debug', port: '0' };
    expect(load({ flags })).toMatchObject({
      port: 0,
      listen: [
        { kind: 'tcp', host: '127.0.0.1' },
        { kind: 'unix', path: '/run/p.sock' },
      ],
      dataDir: '/var/p',
      log: { level: 'debug' },
    });
    expect(refusal({ flags: { ...flags, port: 'http' } })).toEqual([
      '--port: port: expected a port from 0 to 65535; found "http"',
    ]);
  });
});

describe('the file', () => {
  test('--config reads another one, and petrel.toml not', () => {
    const config = load({ toml: 'port = 1', files: { 'other.toml': 'port = 2' }, configFile: 'other.toml' });
    expect(config.port).toBe(2);
    expect(config.file).toEndWith('/other.toml');
    expect(config.sources.get('port')).toBe('other.toml:1');
  });

  test('--config must exist and be readable', () => {
    expect(refusal({ configFile: 'none.toml' })).toEqual(['none.toml: no such file']);
    expect(refusal({ configFile: '.' })).toEqual(['.: cannot be read (EISDIR)']);
  });
});

describe('users', () => {
  test('a table with every key', () => {
    const [user] = load({
      toml: `[users.Anna-1]
secret = "dd${KEY}"
max_connections = 3
max_ips = 2
quota = "50GB"
expires = 2026-12-31
rate = "2MB"
enabled = false`,
    }).users;
    expect(user).toEqual({
      name: 'Anna-1',
      key: fromHex(KEY),
      maxConnections: 3,
      maxIps: 2,
      quotaBytes: 53_687_091_200,
      expiresAtMs: Date.UTC(2026, 11, 31, 23, 59, 59, 999),
      rateBytesPerSecond: 2_097_152,
      adTag: null,
      enabled: false,
    });
  });

  test('USER<N>_SECRET makes users, and replaces the secret of one from the file', () => {
    const config = load({
      toml: `[users.user2]\nsecret = "${OTHER_KEY}"\nmax_ips = 7`,
      dotenv: `USER1_SECRET=${OTHER_KEY}`,
      env: { USER2_SECRET: KEY },
    });
    expect(config.users.map(({ name, key, maxIps }) => [name, hex(key), maxIps])).toEqual([
      ['user2', KEY, 7],
      ['user1', OTHER_KEY, 0],
    ]);
  });

  test('USER_MAX_TCP_CONNS counts for users whose table says nothing', () => {
    const config = load({
      toml: `[users.anna]\nsecret = "${KEY}"\nmax_connections = 3\n[users.bob]\nsecret = "${OTHER_KEY}"`,
      env: { USER_MAX_TCP_CONNS: '4' },
    });
    expect(config.users.map(({ maxConnections }) => maxConnections)).toEqual([3, 4]);
    expect(config.userDefaults.maxConnections).toBe(4);
  });

  test('need a secret, one of their own', () => {
    expect(refusal({ toml: '[users.anna]\nmax_ips = 1' })).toEqual([
      'petrel.toml:1: users.anna.secret: expected a secret: 32 hex digits, or the dd, ee or base64url form that a link carries; found nothing',
    ]);
    expect(refusal({ env: { USER1_SECRET: KEY, USER2_SECRET: `dd${KEY}` } })).toEqual([
      'environment: USER2_SECRET: users.user2.secret: expected a secret of its own; found that of users.user1',
    ]);
  });
});

test('a Unix socket cannot be shared by workers', () => {
  const listen = 'listen = ["127.0.0.1", "unix:/run/petrel.sock"]';
  expect(refusal({ toml: `${listen}\nworkers = 2` })).toEqual([
    'petrel.toml:2: workers: expected 1, since listen names a Unix socket, which cannot be shared',
  ]);
  expect(load({ toml: `${listen}\nworkers = 1` }).workers).toBe(1);
  expect(load({ toml: 'listen = ["127.0.0.1"]\nworkers = 2' }).workers).toBe(2);
});

test('at least one mode must be on; any combination of the built ones is fine', () => {
  expect(refusal({ toml: '[modes]\nsecure = false\ntls = false' })).toEqual([
    'petrel.toml:3: modes: expected at least one mode to be on; found none',
  ]);
  for (const bits of [1, 2, 3, 4, 5, 6, 7]) {
    const modes = { classic: (bits & 1) > 0, secure: (bits & 2) > 0, tls: (bits & 4) > 0 };
    const toml = Object.entries(modes).map(([name, isOn]) => `${name} = ${isOn}`);
    expect(load({ toml: ['[modes]', ...toml].join('\n') }).modes).toEqual({ ...modes, web: false });
  }
});

test.each([
  ['[modes]\nweb = true', 'modes.web', 'WEB mode'],
  ['[telegram]\nroute = "middle"', 'telegram.route', 'middle proxies'],
  ['[telegram]\nroute = "media-middle"', 'telegram.route', 'middle proxies'],
  ['[middle_proxy]\nconfig_file = "x"', 'middle_proxy.config_file', 'middle proxies'],
  ['[middle_proxy]\nsecret_file = "x"', 'middle_proxy.secret_file', 'middle proxies'],
  [`[middle_proxy]\nad_tag = "${KEY}"`, 'middle_proxy.ad_tag', 'ad tags'],
  ['[cluster]\nredis = "redis://127.0.0.1:6379"', 'cluster.redis', 'shared state'],
])('a part that is not built yet is refused: %p', (toml, path, part) => {
  const line = toml.split('\n').length;
  expect(refusal({ toml })).toEqual([`petrel.toml:${line}: ${path}: not available yet: ${part}`]);
});

test("a user's ad tag is not available yet either", () => {
  expect(refusal({ toml: `[users.a]\nsecret = "${KEY}"\nad_tag = "${OTHER_KEY}"` })).toEqual([
    'petrel.toml:3: users.a.ad_tag: not available yet: ad tags',
  ]);
});

test('what a later place turns off is not asked for', () => {
  expect(load({ toml: '[modes]\nweb = true', env: { PETREL_MODES_WEB: 'false' } }).modes.web).toBe(false);
});

test('a bad value is told even where a later place replaces it', () => {
  expect(refusal({ toml: 'port = "x"', flags: { port: '1' } })).toEqual([
    'petrel.toml:1: port: expected a port from 0 to 65535; found "x"',
  ]);
});

test('the configuration is frozen through and through', () => {
  const config = load({ toml: '[telegram.dc_overrides]\n2 = "127.0.0.2:9443"', env: { USER1_SECRET: KEY } });
  const parts: object[] = [config, config.listen, config.tls.domains, config.limits.toClientBuffer, ...config.users];
  parts.push(...config.telegram.dcOverrides.values(), ...config.proxyProtocol.trusted);
  expect(parts.length).toBeGreaterThan(6);
  for (const part of parts) expect(Object.isFrozen(part)).toBe(true);
});
