import { describe, expect, test } from 'bun:test';
import { readDotenv } from './dotenv.ts';
import { load, refusal } from './load-fixture.ts';

const text = await Bun.file(new URL('../../.env.example', import.meta.url)).text();
const names = readDotenv(text).map((line) => (line.kind === 'variable' ? line.name : line.reason));

/** A wrong value of each variable of the example, and what the refusal must say about it. */
const WRONG: readonly (readonly [name: string, value: string, refused: string])[] = [
  ['MTPROTO_PORT', '70000', 'port: expected a port from 0 to 65535; found 70000'],
  ['TLS_DOMAIN', 'https://example.org/', 'tls.domain: expected '],
  ['USER1_SECRET', 'abc', 'users.user1.secret: expected a secret: '],
  ['USER2_SECRET', '0123456789abcdef0123456789abcdef', 'users.user2.secret: this secret is a well-known example'],
  ['USER_MAX_TCP_CONNS', 'many', 'users.*.max_connections: expected a whole number from 0 to '],
  ['ENABLE_METRICS', 'maybe', 'metrics.enabled: expected true or false'],
  ['METRICS_PORT', '0', 'metrics.listen: expected a port from 1 to 65535; found "0"'],
  ['PETREL_PUBLIC_HOST', 'http://x', 'public_host: expected '],
];

test('the example holds these variables and no other, each read by Petrel', () => {
  expect(names).toEqual(WRONG.map(([name]) => name));
});

test('a copy of the example loads and changes nothing', () => {
  const flags = { 'data-dir': '/d' };
  const { sources: _, files: __, ...example } = load({ dotenv: text, flags });
  const { sources: ___, files: ____, ...defaults } = load({ flags });
  expect(example).toEqual(defaults);
});

describe.each(WRONG)('a wrong %s', (name, value, refused) => {
  test.each(['.env', 'environment'] as const)('in %s is refused by its name', (place) => {
    const found = place === '.env' ? refusal({ dotenv: `${name}=${value}` }) : refusal({ env: { [name]: value } });
    expect(found).toHaveLength(1);
    expect(found[0]).toStartWith(`${place}: ${name}: ${refused}`);
  });
});
