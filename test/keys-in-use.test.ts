import { describe, expect, test } from 'bun:test';
import { Glob } from 'bun';
import { valueName } from '../src/config/assemble.ts';
import { camel } from '../src/config/key.ts';
import { refusal } from '../src/config/load-fixture.ts';
import { type DeclaredKey, plainKeys, userKeys } from '../src/config/schema.ts';
import { tomlValue } from '../src/config/toml-value.ts';

const SOURCES = new URL('../src/', import.meta.url).pathname;
const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';
const OTHER_KEY = '9f3b6c1d0e2a4f5b8c7d9e0f1a2b3c4d';

/** For keys whose part is not built yet: a value that is not the default. */
const OTHER_VALUES: Readonly<Record<string, unknown>> = {
  'modes.web': true,
  'middle_proxy.ad_tag': OTHER_KEY,
  'middle_proxy.config_url': 'https://mirror.example.org/getProxyConfig',
  'middle_proxy.config_v6_url': 'https://mirror.example.org/getProxyConfigV6',
  'middle_proxy.secret_url': 'https://mirror.example.org/getProxySecret',
  'middle_proxy.config_file': 'list',
  'middle_proxy.secret_file': 'secret',
  'middle_proxy.refresh': '2h',
  'middle_proxy.public_ip': '203.0.113.1',
  'telegram.route': 'middle',
  'admin.listen': '0.0.0.0:9091',
  'admin.token': '0123456789abcdef',
  'cluster.redis': 'redis://127.0.0.1',
  'users.*.ad_tag': OTHER_KEY,
};

const EXCEPTIONS = [
  'admin.enabled', // both values are true of a Petrel without the admin interface: it serves none
  'profile', // the loader follows it
  'users.*.secret', // becomes the user's key
];

const files = [...new Glob('**/*.ts').scanSync(SOURCES)].filter(
  (file) => !file.startsWith('config/') && !file.endsWith('.test.ts') && !file.includes('fixture'),
);
const texts = await Promise.all(files.map((file) => Bun.file(SOURCES + file).text()));

/** Whether anything outside the configuration's own folder reads a key: as `limits.idleTimeoutMs`, or out of its object. */
function isRead(declared: DeclaredKey): boolean {
  const name = valueName(declared);
  const owner = ownerOf(declared);
  const patterns = [
    new RegExp(`\\b${owner}\\??\\.${name}\\b`),
    // const { port, host } = config.mask; ({ port, host }: Config['mask'])
    new RegExp(`\\{[^{}]*\\b${name}\\b[^{}]*\\}\\s*(?:=|:)\\s*[\\w.#]*(?:\\['|\\b)${owner}\\b`, 'i'),
  ];
  return texts.some((text) => patterns.some((pattern) => pattern.test(text)));
}

function ownerOf({ section }: DeclaredKey): string {
  if (section === 'users') return '(?:user|terms|UserTerms|known|candidate|limits)';
  return section === null ? '(?:config|live|fixed|Config|proxy)' : camel(section);
}

const keys = [...plainKeys, ...userKeys].filter(({ path }) => !EXCEPTIONS.includes(path));
const ahead = keys.filter(({ path }) => path in OTHER_VALUES);

test.each(keys.map(({ path }) => path).filter((path) => !(path in OTHER_VALUES)))('%s does something', (path) => {
  expect(keys.filter((declared) => declared.path === path).map(isRead)).toEqual([true]);
});

describe('a key whose part is not built yet', () => {
  test.each(ahead.map(({ path }) => path))('%s is refused with any value but its default', (path) => {
    const [table = '', name = ''] = path.replace('*', 'anna').split(/\.(?=\w+$)/);
    const secret = table.startsWith('users') ? `secret = "${KEY}"\n` : '';
    const toml = `[${table}]\n${secret}${name} = ${tomlValue(OTHER_VALUES[path])}`;
    expect(refusal({ toml })).toEqual([expect.stringMatching(/^petrel\.toml:\d: [\w.]+: not available yet: \w/)]);
  });

  test.each(ahead)('$path does nothing yet', (declared) => {
    expect(isRead(declared)).toBe(false); // else it is built, and no longer to be refused
  });

  test('every such key stands above', () => {
    const declared = keys.filter(({ key }) => key.notYet !== undefined).map(({ path }) => path);
    expect(declared.toSorted()).toEqual(ahead.map(({ path }) => path).toSorted());
  });
});
