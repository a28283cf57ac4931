import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { load, refusal } from './load-fixture.ts';
import { ConfigError } from './problem.ts';
import { plainKeys } from './schema.ts';

test('one message lists everything that is wrong, place by place and line by line', () => {
  const refused = refusal({
    toml: `port = 123456
lissten = ["::"]
idle_timeout = "5m"
listen = ["0.0.0.0", "eth0", "wlan0"]
[limits]
idle_timout = "5m"
handshake_timeout = 10
[users."bad name"]
[telegram]
prefer_ipv6 = "no"
`,
    dotenv: "MTPROTO_PORT=eighty\nTLS_DOMAIN='x\nFOO\n",
    env: { PETREL_LOG_LEVL: 'debug', USER01_SECRET: 'x' },
  });
  expect(refused).toEqual([
    'petrel.toml:1: port: expected a port from 0 to 65535; found 123456',
    'petrel.toml:2: lissten: unknown key; did you mean listen?',
    'petrel.toml:3: idle_timeout: unknown key; did you mean limits.idle_timeout?',
    'petrel.toml:4: listen[1]: expected an IP address or "unix:/path"; found "eth0"',
    'petrel.toml:4: listen[2]: expected an IP address or "unix:/path"; found "wlan0"',
    'petrel.toml:6: limits.idle_timout: unknown key; did you mean limits.idle_timeout?',
    'petrel.toml:7: limits.handshake_timeout: expected a duration from 100ms to 5m, such as "90s" or "5m"; found 10; write it with its unit, such as "10s"',
    'petrel.toml:8: users.bad name: expected a user name of 1 to 32 letters, digits, "-" or "_"',
    'petrel.toml:10: telegram.prefer_ipv6: expected true or false; found "no"; write false, without quotes',
    '.env: MTPROTO_PORT: port: expected a port from 0 to 65535; found "eighty"',
    '.env:2: the quotes of TLS_DOMAIN do not close on this line',
    '.env:3: expected NAME=VALUE',
    'environment: PETREL_LOG_LEVL: unknown variable; did you mean PETREL_LOG_LEVEL?',
    'environment: USER01_SECRET: expected USER<N>_SECRET with N from 1 to 10000',
  ]);
});

test.each([
  ['port = 8080\n[limits]\nidle_timeout = 50s\n', 3, "Unexpected character after a value: 's'"],
  ['port = \n', 1, "Missing value after '='"],
  ['a = 1\nlisten = ["::",\n  "::1"\n[log]\n', 4, 'in an array'],
  ['port = 1\nport = 2\n', 2, "Cannot redefine key 'port'"],
  ["x = '''\na\n'''\n[log]\nlevel = \"info\n", 5, 'Unterminated string'],
])('a syntax error is told with its line: %p', (toml, line, message) => {
  const [refused = '', ...others] = refusal({ toml });
  expect(refused).toStartWith(`petrel.toml:${line}: not valid TOML: `);
  expect(refused).toContain(message);
  expect(others).toEqual([]);
});

test.each([
  ['0o660', 'expected an octal mode in quotes, such as "0660"; found 432: write "0660"'],
  ['660', 'expected an octal mode in quotes, such as "0660"; found 660: write "0660"'],
  ['7', 'expected an octal mode in quotes, such as "0660"; found 7'],
  ['"0o640"', 'expected an octal mode such as "0660"; write "0640" for "0o640"'],
  ['"0440"', 'nobody could connect with "0440": to connect takes the right to write'],
  ['"u+rw"', 'expected an octal mode in quotes, such as "0660"; found "u+rw"'],
])('a mode written as %s is told how to write it', (written, reason) => {
  const refused = refusal({ toml: `[listen_options]\nunix_mode = ${written}` });
  expect(refused).toEqual([`petrel.toml:2: listen_options.unix_mode: ${reason}`]);
});

const SECRET = 'c0ffee1234567890c0ffee123456789'; // 31 digits: no secret at all

test.each([
  [{ toml: `[users.a]\nsecret = "${SECRET}"` }, 'a text of 31 characters'],
  [{ env: { USER1_SECRET: SECRET } }, 'a text of 31 characters'],
  [{ toml: `[users]\nanna = "${SECRET}"` }, 'a text of 31 characters'],
  [{ toml: `[users.a]\nad_tag = "${SECRET}"` }, 'a text of 31 characters'],
  [{ toml: `[admin]\ntoken = "${SECRET} "` }, 'a text of 32 characters'],
  [{ toml: `[telegram]\nupstream = "http://me:${SECRET}@host:1"` }, 'a text of 48 characters'],
  [
    { toml: `[telegram]\nupstream = "socks5://me:${SECRET.repeat(9)}@host:1"` },
    'the password has 279 bytes, SOCKS5 takes 255',
  ],
  [
    { toml: `[telegram]\nupstream = "socks5://${SECRET.repeat(9)}@host:1"` },
    'the user has 279 bytes, SOCKS5 takes 255',
  ],
  [{ toml: `[telegram]\nupstream = "socks5://me:${SECRET}@@host:1"` }, 'write "@" as %40'],
  [{ toml: `[telegram]\nupstream = "socks5://me:${SECRET}%@host:1"` }, '"%" as %25'],
  [{ toml: `[telegram]\nupstream = "socks5://:${SECRET}@host:1"` }, 'a SOCKS5 password needs a user'],
  [{ toml: `[cluster]\nredis = "http://:${SECRET}@host"` }, 'a text of 44 characters'],
  [{ toml: `[users.a]\nsecret = ${SECRET}` }, 'not valid TOML'],
  [{ toml: `[users.a]\nsecrt = "${SECRET}"` }, 'unknown key; did you mean secret?'],
  [{ env: { PETREL_USER1_SECRET: SECRET } }, 'unknown variable'],
  [{ dotenv: `USER1_SECRET ${SECRET}` }, 'expected NAME=VALUE'],
])('a secret is never repeated, case %#', (places, words) => {
  const refused = refusal(places).join('\n');
  expect(refused).toContain(words);
  expect(refused).not.toContain(SECRET.slice(0, 8));
});

test.each([
  '0123456789abcdef0123456789abcdef',
  'DD0123456789ABCDEF0123456789ABCDEF',
  'ee0123456789abcdef0123456789abcdef7777772e6578616d706c652e636f6d',
  '000102030405060708090a0b0c0d0e0f',
  '00000000000000000000000000000000',
  '00000000000000000000000000000001',
])('a secret from an example is refused with a fresh one that is accepted: %p', (secret) => {
  const [refused = ''] = refusal({ env: { USER1_SECRET: secret } });
  expect(refused).toStartWith('environment: USER1_SECRET: users.user1.secret: this secret is a well-known example');
  const fresh = /"([0-9a-f]{32})"$/.exec(refused)?.[1] ?? '';
  expect(load({ env: { USER1_SECRET: fresh } }).users).toHaveLength(1);
});

test('a long value is cut and control characters are escaped', () => {
  const [refused = ''] = refusal({ toml: `public_host = "\\u001b[2J${'x'.repeat(400)}"` });
  expect(refused).toEndWith(`found "\\u001b[2J${'x'.repeat(56)}"…`);
});

test('users must be tables', () => {
  expect(refusal({ toml: '[[users]]\nname = "x"' })).toEqual([
    'petrel.toml: users: expected tables such as [users.anna]; found a list of 1 value',
  ]);
  expect(refusal({ toml: 'log = "debug"' })).toEqual([
    'petrel.toml:1: log: expected a table; found a text of 5 characters',
  ]);
});

test('whatever stands at a key, the answer is a configuration or a refusal', () => {
  const paths = fc.constantFrom(...plainKeys.map(({ path }) => path));
  const values = fc.oneof(
    fc.string().map((text) => JSON.stringify(text)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number.toFixed(3)),
    fc.integer().map(String),
    fc.constantFrom(
      'true',
      '[]',
      '{}',
      '[1]',
      '["a", 2]',
      '{ a = 1 }',
      '{ "-2" = [] }',
      'nan',
      '2026-01-01',
      '12:00:00',
    ),
  );
  fc.assert(
    fc.property(paths, values, (path, value) => {
      try {
        load({ toml: `${path} = ${value}` });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 300 },
  );
});
