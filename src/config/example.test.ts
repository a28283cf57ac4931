import { expect, test } from 'bun:test';
import { load } from './load-fixture.ts';
import { plainKeys, userKeys } from './schema.ts';

const text = await Bun.file(new URL('../../petrel.example.toml', import.meta.url)).text();

/** The commented table of a user, as the operator would uncomment it. */
const userTable = text
  .split('\n')
  .filter((line) => /^# (?:\[users\.|[a-z_]+ = )/.test(line))
  .map((line) => line.slice('# '.length))
  .join('\n');

function keyPaths(document: object): Map<string, unknown> {
  const paths = new Map<string, unknown>();
  const tables = [...new Set(plainKeys.map(({ section }) => section))];
  for (const [name, value] of Object.entries(document)) {
    if (!tables.includes(name)) paths.set(name, value);
    else for (const [key, inner] of Object.entries(value)) paths.set(`${name}.${key}`, inner);
  }
  return paths;
}

test('the example holds every key with its default, and no other', () => {
  const written = keyPaths(Bun.TOML.parse(text));
  const declared = new Map(plainKeys.map(({ path, key }) => [path, key.default]));
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(declared));
});

test("the example's commented user holds every key of a user with its default", () => {
  const document: object = Bun.TOML.parse(userTable);
  const declared = Object.fromEntries(userKeys.map(({ name, key }) => [name, key.default ?? '']));
  expect(document).toEqual({ users: { anna: declared } });
});

test('the example loads as it is and changes nothing', () => {
  const flags = { 'data-dir': '/d' };
  const { sources: _, file: __, files: ___, ...example } = load({ toml: text, flags });
  const { sources: _s, file: _f, files: _ff, ...defaults } = load({ flags });
  expect(example).toEqual(defaults);
});
