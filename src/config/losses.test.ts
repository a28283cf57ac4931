import { describe, expect, test } from 'bun:test';
import { load, type Places } from './load-fixture.ts';
import { lossProblems } from './losses.ts';

const SECRET = 'USER1_SECRET=46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';
const ANNA = '[users.anna]\nsecret = "9f3b6c1d0e2a4f5b8c7d9e0f1a2b3c4d"';

function losses(before: Places, after: Places, keptUsers = 0): string[] {
  return lossProblems(load(before), load(after), keptUsers).map(({ source, text }) => `${source}: ${text}`);
}

describe.each([
  ['is gone', undefined, 'no such file'],
  ['is empty', '', 'the file is empty'],
  ['holds nothing but blanks', '\n \n', 'the file is empty'],
])('a file that %s', (_, dotenv, found) => {
  const rest = dotenv === undefined ? {} : { dotenv };

  test('.env, with users and more', () => {
    const filled = `${SECRET}\nTLS_DOMAIN=a.example`;
    expect(losses({ toml: ANNA, dotenv: filled }, { toml: ANNA, ...rest })).toEqual([
      `.env: ${found}, and it set tls.domain, users.user1.secret: put that back and reload; a restart goes on without it`,
    ]);
  });

  test('petrel.toml', () => {
    const toml = dotenv === undefined ? {} : { toml: dotenv };
    expect(losses({ toml: ANNA, dotenv: SECRET }, { ...toml, dotenv: SECRET })).toEqual([
      expect.stringContaining(`petrel.toml: ${found}, and it set users.anna.secret: `),
    ]);
  });

  test('one that set nothing is not missed', () => {
    expect(losses({ toml: ANNA, dotenv: 'COMPOSE_PROJECT_NAME=x' }, { toml: ANNA, ...rest })).toEqual([]);
  });
});

test('the last users do not go by a reload', () => {
  const toml = `${ANNA}\n[log]\nlevel = "warn"`;
  expect(losses({ toml }, { toml: '[log]\nlevel = "warn"' })).toEqual([
    expect.stringMatching(/^petrel\.toml:2: no user would be left, and users\.anna was the only one: /),
  ]);
  expect(losses({ toml }, { toml: '[log]\nlevel = "warn"' }, 1)).toEqual([]); // one is kept in the data folder
});

test('settings that change are no loss', () => {
  expect(losses({ toml: ANNA, dotenv: SECRET }, { toml: ANNA, dotenv: '# nothing here any more' })).toEqual([]);
  expect(losses({ dotenv: SECRET }, { dotenv: SECRET.replace('USER1', 'USER2') })).toEqual([]);
  expect(losses({}, {})).toEqual([]);
  expect(losses({}, { toml: ANNA })).toEqual([]);
});
