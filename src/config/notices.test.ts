import { expect, test } from 'bun:test';
import { hex, utf8 } from '../kit/bytes.ts';
import { load } from './load-fixture.ts';

const KEYS = [
  '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4',
  '9f3b6c1d0e2a4f5b8c7d9e0f1a2b3c4d',
  '11b2c3d4e5f60718293a4b5c6d7e8f90',
];

function user(index: number, secret: string, more = ''): string {
  return `[users.u${index}]\nsecret = "${secret.replace('KEY', KEYS[index] ?? '')}"\n${more}`;
}

function ee(domain: string): string {
  return `eeKEY${hex(utf8(domain))}`;
}

test('an ee secret whose domain is not served is told with the user, both domains and the remedy', () => {
  const toml = `${user(0, ee('old.example.org'))}\n[tls]\ndomain = ["new.example.org", "b.example.org"]`;
  expect(load({ toml }).notices).toEqual([
    {
      source: 'petrel.toml:2',
      path: 'users.u0.secret',
      text: expect.stringMatching(
        /^made for old\.example\.org, but tls\.domain is new\.example\.org, b\.example\.org: .* set tls\.domain = \["new\.example\.org", "b\.example\.org", "old\.example\.org"\]/,
      ),
    },
  ]);
  expect(load({ toml: toml.replace('"b.', '"old.example.org", "b.') }).notices).toEqual([]);
});

test('in a variable too, against the default domain', () => {
  const secret = ee('old.example.org').replace('KEY', KEYS[0] ?? '');
  const { notices, users } = load({ env: { USER1_SECRET: secret } });
  expect(notices).toMatchObject([{ source: 'environment: USER1_SECRET', path: 'users.user1.secret' }]);
  expect(notices[0]?.text).toContain('tls.domain is www.cloudflare.com');
  expect(users.map(({ key }) => hex(key))).toEqual([KEYS[0] ?? '']);
});

test('many users with one old domain are one notice', () => {
  const toml = [user(0, ee('old.example.org')), user(1, ee('old.example.org')), user(2, ee('older.example.org'))].join(
    '\n',
  );
  const { notices } = load({ toml });
  expect(notices.map(({ path }) => path)).toEqual(['users.u0.secret', 'users.u2.secret']);
  expect(notices[0]?.text).toEndWith('(the same with u1)');
});

test.each([
  ['ddKEY', 'secure = false', 'a dd secret, but modes.secure is off'],
  [ee('www.cloudflare.com'), 'tls = false', 'an ee secret, but modes.tls is off'],
])('a secret that names a mode which is off: %p', (secret, mode, text) => {
  expect(load({ toml: `${user(0, secret)}\n[modes]\n${mode}` }).notices).toMatchObject([
    { path: 'users.u0.secret', text: expect.stringContaining(text) },
  ]);
});

test.each(['KEY', 'ddKEY', ee('www.cloudflare.com')])('a secret that is served says nothing: %p', (secret) => {
  expect(load({ toml: user(0, secret) }).notices).toEqual([]);
});

test('users that have expired', () => {
  const toml = [user(0, 'KEY', 'expires = 2020-02-29'), user(1, 'KEY', 'expires = 2999-01-01'), user(2, 'KEY')].join(
    '\n',
  );
  expect(load({ toml }).notices).toEqual([
    {
      source: 'petrel.toml:3',
      path: 'users.u0.expires',
      text: expect.stringMatching(/^expired \d+ days ago: nobody gets in/),
    },
  ]);
});
