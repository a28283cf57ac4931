import { describe, expect, test } from 'bun:test';
import { load, type Places, refusal } from './load-fixture.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';

function noticed(places: Places): string[] {
  return load(places).notices.map(({ source, text }) => `${source}: ${text}`);
}

describe.each(['.env', 'environment'] as const)('in %s', (place) => {
  const setting = (name: string, value: string): Places =>
    place === '.env' ? { dotenv: `${name}=${value}` } : { env: { [name]: value } };

  test.each([
    ['MTPROTO_PRT', 'MTPROTO_PORT'],
    ['MTPROXY_PORT', 'MTPROTO_PORT'],
    ['mtproto_port', 'MTPROTO_PORT'],
    ['TLS_DOMIAN', 'TLS_DOMAIN'],
    ['TLS_DOMAINS', 'TLS_DOMAIN'],
    ['ENABLE_METRIC', 'ENABLE_METRICS'],
    ['METRIC_PORT', 'METRICS_PORT'],
    ['USER_MAX_TCP_CONN', 'USER_MAX_TCP_CONNS'],
    ['USER_MAX_CONNECTIONS', 'USER_MAX_TCP_CONNS'],
    ['USER_1_SECRET', 'USER1_SECRET'],
    ['USER1SECRET', 'USER1_SECRET'],
    ['USERS1_SECRET', 'USER1_SECRET'],
    ['USER1_SECRT', 'USER1_SECRET'],
    ['USER12_SECRETS', 'USER12_SECRET'],
    ['user2_secret', 'USER2_SECRET'],
    ['USER_SECRET', 'USER1_SECRET'],
    ['USER_SECRET_3', 'USER3_SECRET'],
    ['MTPROTO_SECRET', 'USER1_SECRET'],
    ['PETRL_LOG_LEVEL', 'PETREL_LOG_LEVEL'],
    ['TO_TG_BUFSIZE', 'PETREL_LIMITS_TO_TELEGRAM_BUFFER'],
  ])('%s is named with %s, and refuses nothing', (name, meant) => {
    expect(noticed(setting(name, KEY))).toEqual([`${place}: ${name}: not read; did you mean ${meant}?`]);
  });

  test('what only petrel.toml can say of a user is told', () => {
    for (const name of ['USER1_QUOTA', 'USER1_MAX_TCP_CONNS', 'USER1_EXPIRES'])
      expect(noticed(setting(name, '1'))).toEqual([expect.stringContaining('stands in petrel.toml, [users.user1]')]);
    expect(noticed(setting('USER_ANNA_SECRET', KEY))).toEqual([expect.stringContaining('USER1_SECRET and so on')]);
  });

  test('an empty one is none', () => {
    expect(noticed(setting('MTPROTO_PRT', ''))).toEqual([]);
  });

  test.each([
    ['PETREL_IDLE_TIMEOUT', 'did you mean PETREL_LIMITS_IDLE_TIMEOUT?'],
    ['PETREL_METRICS_PORT', 'did you mean METRICS_PORT?'],
    ['PETREL_MTPROTO_PORT', 'did you mean MTPROTO_PORT?'],
    ['PETREL_USER1_SECRET', 'did you mean USER1_SECRET?'],
    ['PETREL_TELEGRAM_DC_OVERRIDES', 'this is a table: it stands in petrel.toml, as [telegram.dc_overrides]'],
  ])('%s, which is surely ours, is refused', (name, words) => {
    expect(refusal(setting(name, 'x'))).toEqual([`${place}: ${name}: unknown variable; ${words}`]);
  });
});

test('names without PETREL_ are told in our own file, not in the environment of a whole machine', () => {
  const settings = { LOG_LEVEL: 'debug', PUBLIC_HOST: 'a.example', LIMITS_IDLE_TIMEOUT: '5m' };
  const dotenv = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  expect(noticed({ env: settings })).toEqual([]);
  expect(noticed({ dotenv: dotenv.join('\n') })).toEqual(
    Object.keys(settings).map((name) => `.env: ${name}: not read; did you mean PETREL_${name}?`),
  );
});

test("other programs' variables are nobody's business", () => {
  const names =
    'PATH HOME USER LOGNAME LANG SHELL TERM PWD HOSTNAME TZ NODE_ENV DOCKER_HOST HTTP_PROXY NO_PROXY PORT DOMAIN'
      .concat(
        ' SECRET KEY CLIENT_SECRET JWT_SECRET SESSION_SECRET AWS_SECRET_ACCESS_KEY USERNAME USER_ID USER_NAME USERS TLS_KEY',
      )
      .concat(
        ' TLS_CERT METRICS_ENABLED METRICS_PATH GRPC_PORT DB_PORT ENABLE_TRACING LOG_FORMAT WORKERS DATA_DIR MAX_CONNECTIONS',
      )
      .split(' ');
  expect(noticed({ env: Object.fromEntries(names.map((name) => [name, 'x'])) })).toEqual([]);
  expect(noticed({ dotenv: 'COMPOSE_PROJECT_NAME=x\nPOSTGRES_PASSWORD=y\nCOMPOSE_FILE=z' })).toEqual([]);
});

test('ports that Kubernetes sets beside services of any name are left alone', () => {
  const env = {
    MTPROTO_PORT: 'tcp://10.0.0.1:443',
    MTPROTO_PORT_443_TCP: 'tcp://10.0.0.1:443',
    MTPROTO_SERVICE_HOST: '10.0.0.1',
    METRICS_PORT: 'tcp://10.0.0.2:9090',
  };
  const config = load({ env });
  expect([config.port, config.metrics.listen.port, config.notices]).toEqual([8080, 9090, []]);
});

test('a variable that stands twice in .env is told; the last line counts', () => {
  const other = KEY.replace('4', '5');
  expect(noticed({ dotenv: `USER1_SECRET=${KEY}\nUSER1_SECRET=${other}` })).toEqual([
    '.env: USER1_SECRET: set twice in this file; the last line counts',
  ]);
  expect(noticed({ dotenv: `USER1_SECRET=${KEY}\nUSER1_SECRET=${KEY}\nFOO=1\nFOO=2` })).toEqual([]);
});
