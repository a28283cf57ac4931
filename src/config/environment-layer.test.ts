import { describe, expect, test } from 'bun:test';
import { load, refusal } from './load-fixture.ts';
import { plainKeys } from './schema.ts';
import { variableName } from './variables.ts';

test("the guide's variables", () => {
  const dotenv = `MTPROTO_PORT=4430
TLS_DOMAIN="www.Example.com, example.org"
USER1_SECRET=46f4c1a6aeb1b0d5a27a4e3b5d5a27a4
USER2_SECRET=9f3b6c1d0e2a4f5b8c7d9e0f1a2b3c4d
ENABLE_METRICS=false
METRICS_PORT=9999
COMPOSE_PROJECT_NAME=other programs may use this file too`;
  expect(load({ dotenv })).toMatchObject({
    port: 4430,
    tls: { domains: ['www.example.com', 'example.org'] },
    users: [{ name: 'user1' }, { name: 'user2' }],
    metrics: { enabled: false, listen: { host: '127.0.0.1', port: 9999 } },
  });
});

test('a key of every kind has a PETREL_ variable', () => {
  const env = {
    PETREL_LOG_LEVEL: 'debug',
    PETREL_DATA_DIR: '/var/lib/petrel',
    PETREL_TELEGRAM_POOL_SIZE: '3',
    PETREL_TELEGRAM_FAST_MODE: 'off',
    PETREL_TELEGRAM_UPSTREAM: 'socks5://u:p%40ss@h.example:1080',
    PETREL_LIMITS_IDLE_TIMEOUT: '90s',
    PETREL_LIMITS_TO_CLIENT_BUFFER: '4096, 10, 8KB',
    PETREL_LIMITS_TO_TELEGRAM_BUFFER: '4096',
    PETREL_LISTEN: '127.0.0.1,unix:/run/p.sock',
    PETREL_PROXY_PROTOCOL_TRUSTED: '10.0.0.0/8',
    PETREL_MASK_PROXY_PROTOCOL: '2',
  };
  expect(load({ env })).toMatchObject({
    log: { level: 'debug' },
    dataDir: '/var/lib/petrel',
    telegram: {
      poolSize: 3,
      fastMode: false,
      upstream: { host: 'h.example', port: 1080, user: 'u', password: 'p@ss' },
    },
    limits: {
      idleTimeoutMs: 90_000,
      toClientBuffer: { lowBytes: 4096, sessionsMargin: 10, highBytes: 8192 },
      toTelegramBufferBytes: 4096,
    },
    listen: [
      { kind: 'tcp', host: '127.0.0.1' },
      { kind: 'unix', path: '/run/p.sock' },
    ],
    proxyProtocol: { trusted: [{ bits: 8 }] },
    mask: { proxyProtocol: 2 },
  });
});

test('variable names tell keys apart; only tables have none', () => {
  const names = plainKeys.map(variableName).filter((name) => name !== null);
  expect(new Set(names).size).toBe(names.length);
  expect(plainKeys.filter((declared) => variableName(declared) === null).map(({ path }) => path)).toEqual([
    'mask.targets',
    'telegram.dc_overrides',
  ]);
});

test('an empty variable counts as not set, in either place', () => {
  const empty = { MTPROTO_PORT: '', USER1_SECRET: ' ', PETREL_LOG_LEVEL: '', PETREL_NO_SUCH: '' };
  const config = load({ toml: 'port = 5', env: empty, dotenv: 'TLS_DOMAIN=\nMETRICS_PORT=""' });
  expect(config).toMatchObject({ port: 5, users: [], log: { level: 'info' }, metrics: { listen: { port: 9090 } } });
});

describe('METRICS_PORT changes only the port', () => {
  const toml = '[metrics]\nlisten = "[::1]:1"';

  test('of the address below it', () => {
    expect(load({ toml, env: { METRICS_PORT: '2' } }).metrics.listen).toEqual({ host: '::1', port: 2 });
    const dotenv = 'METRICS_PORT=3\nPETREL_METRICS_LISTEN=10.0.0.1:4';
    expect(load({ toml, dotenv }).metrics.listen).toEqual({ host: '10.0.0.1', port: 3 });
    const env = { PETREL_METRICS_LISTEN: '10.0.0.2:5' };
    expect(load({ toml, dotenv, env }).metrics.listen).toEqual({ host: '10.0.0.2', port: 5 });
  });

  test.each(['0', '65536', 'x', '1.5', '-1'])('and must be a port: %p', (port) => {
    expect(refusal({ env: { METRICS_PORT: port } })).toEqual([
      `environment: METRICS_PORT: metrics.listen: expected a port from 1 to 65535; found "${port}"`,
    ]);
  });
});

test('two names of one key in one place are refused, in two places the later wins', () => {
  expect(refusal({ env: { MTPROTO_PORT: '1', PETREL_PORT: '2' } })).toEqual([
    'environment: PETREL_PORT: port: set twice, here and by environment: MTPROTO_PORT',
  ]);
  expect(load({ dotenv: 'PETREL_PORT=1', env: { MTPROTO_PORT: '2' } }).port).toBe(2);
});

test('a variable that the runtime took over from .env is told as its', () => {
  const config = load({
    dotenv: 'MTPROTO_PORT=7\nTLS_DOMAIN=a.example',
    env: { MTPROTO_PORT: '7', TLS_DOMAIN: 'b.example' },
  });
  expect(config.sources.get('port')).toBe('.env: MTPROTO_PORT');
  expect(config.sources.get('tls.domain')).toBe('environment: TLS_DOMAIN');
});

test("Kubernetes' variables for a service called petrel are left alone", () => {
  const env = {
    PETREL_SERVICE_HOST: '10.0.0.1',
    PETREL_SERVICE_PORT: '443',
    PETREL_SERVICE_PORT_HTTPS: '443',
    PETREL_PORT: 'tcp://10.0.0.1:443',
    PETREL_PORT_443_TCP: 'tcp://10.0.0.1:443',
    PETREL_PORT_443_TCP_PROTO: 'tcp',
    PETREL_PORT_443_TCP_PORT: '443',
    PETREL_PORT_443_TCP_ADDR: '10.0.0.1',
    PETREL_METRICS_SERVICE_HOST: '10.0.0.2',
    PETREL_METRICS_PORT: 'tcp://10.0.0.2:9090',
  };
  expect(load({ env }).port).toBe(8080);
});

test.each(['PETREL_FOO', 'PETREL_USERS_USER1_SECRET', 'PETREL_TELEGRAM_DC_OVERRIDES', 'PETREL_'])(
  '%p is unknown',
  (name) => {
    expect(refusal({ env: { [name]: 'x' } })[0]).toStartWith(`environment: ${name}: unknown variable`);
  },
);
