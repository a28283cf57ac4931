import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Glob } from 'bun';
import { scripts } from '../../package.json';
import { METRICS } from '../../src/admin/metrics/table.ts';
import { SIGNS } from '../../src/admin/warning-signs.ts';
import { commands } from '../../src/cli/commands.ts';
import { keyAt, sections } from '../../src/config/schema.ts';
import { variableNames } from '../../src/config/variables.ts';
import { allPages, type Page, ROOT } from './page.ts';

/** A change of what a key or command is called shows here; what these pages only remember is no promise. */
const HISTORY = 'CHANGELOG.md';

const pages = allPages();
const present = pages.filter(({ path }) => path !== HISTORY);
const sourceFiles = [...new Glob('**/*.ts').scanSync(join(ROOT, 'src'))];
const source = (await Promise.all(sourceFiles.map((file) => Bun.file(join(ROOT, 'src', file)).text()))).join('\n');

/** What the pages name and `isThere` does not find, each with its page. */
function missing(of: readonly Page[], named: (page: Page) => readonly string[], isThere: (name: string) => boolean) {
  const all = of.flatMap((page) => named(page).map((name) => ({ page: page.path, name })));
  expect(all.length).toBeGreaterThan(0); // else the pattern finds nothing any more
  return all.filter(({ name }) => !isThere(name)).map(({ page, name }) => `${page}: ${name}`);
}

function matches(texts: readonly string[], pattern: RegExp): string[] {
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole));
}

test('links between pages lead to files that are there, and to their headings', () => {
  const named = ({ links }: Page) => links.map(({ file, anchor }) => (anchor === '' ? file : `${file}#${anchor}`));
  expect(
    missing(pages, named, (name) => {
      const [file = '', anchor] = name.split('#');
      if (anchor === undefined) return existsSync(join(ROOT, file));
      return pages.some((page) => page.path === file && page.anchors.includes(anchor));
    }),
  ).toEqual([]);
});

test('every page of docs is reached from another page', () => {
  const linked = new Set(
    pages.flatMap(({ path, links }) => links.map(({ file }) => file).filter((file) => file !== path)),
  );
  expect(pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !linked.has(path))).toEqual([]);
});

test('pictures are used, and those that are used are there', () => {
  const used = new Set(
    pages.flatMap(({ links }) => links.map(({ file }) => file)).filter((file) => file.endsWith('.svg')),
  );
  const drawn = [...new Glob('docs/pictures/*').scanSync(ROOT)];
  expect([...used].sort()).toEqual(drawn.sort());
});

test('keys of the configuration', () => {
  const tables = [...Object.keys(sections), 'users'].join('|');
  const dotted = new RegExp(`(?<![\\w./-])((?:${tables})\\.[\\w*.]*[a-z_]{2,})(?![\\w./-])`, 'g');
  const isKey = (path: string) => keyAt(path) !== undefined || /^users\.\w+$/.test(path);
  expect(missing(present, ({ spans }) => matches(spans, dotted), isKey)).toEqual([]);
});

test('blocks of TOML hold keys that are there', () => {
  const named = ({ blocks }: Page) =>
    blocks.filter(({ language }) => language === 'toml').flatMap(({ text }) => leaves(Bun.TOML.parse(text)));
  // A table of its own, such as mask.targets, is a key too.
  const isKey = (path: string) =>
    keyAt(path) !== undefined || keyAt(path.replace(/^(\w+\.\w+)\..*/, '$1')) !== undefined;
  expect(missing(present, named, isKey)).toEqual([]);
});

test('commands, and the options that they are shown with', () => {
  const shown = /(?<![\w./-])petrel ([a-z]+(?![\w@])(?: --?[\w-]+| [\w.:/-]+)*)/g;
  const isCommand = (line: string) => {
    const [name = '', ...words] = line.split(' ');
    const options = commands.find((command) => command.name === name)?.options;
    if (options === undefined) return name === 'help';
    const given = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
    return given.every((option) => option === 'help' || option in options);
  };
  expect(missing(present, ({ code }) => matches(code, shown), isCommand)).toEqual([]);
});

test('commands in the files that are handed out', async () => {
  const files = ['.env.example', 'docker-compose.yml', 'deploy/install.sh', 'deploy/prometheus/alerts.yml'];
  const texts = await Promise.all(files.map((file) => Bun.file(join(ROOT, file)).text()));
  const named = matches(texts, /(?<=[`,#] +|[`"])petrel ([a-z]+)/g);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !commands.some((command) => command.name === name))).toEqual([]);
});

test('scripts of npm', () => {
  expect(
    missing(
      pages,
      ({ code }) => matches(code, /npm run ([\w:-]+\w)/g),
      (name) => name in scripts,
    ),
  ).toEqual([]);
});

test('metrics', () => {
  const names = METRICS.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]);
  const known = new Set(names);
  expect(
    missing(
      present,
      ({ code }) => matches(code, /\bpetrel_[a-z_]+\b(?!-)/g),
      (name) => known.has(name),
    ),
  ).toEqual([]);
});

test('variables of the environment', () => {
  const known = new Set(variableNames);
  const named = ({ spans }: Page) => matches(spans, /^(PETREL_[A-Z0-9_]+[A-Z0-9])/g);
  const isKnown = (name: string) =>
    known.has(name) || name.startsWith('PETREL_TEST_') || name === 'PETREL_SERVICE_HOST';
  expect(missing(present, named, isKnown)).toEqual([]);
});

test('files of the checkout', () => {
  const named = ({ text }: Page) =>
    matches([text], /(?<![\w./@:-])((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs|md|sh|json|yml|toml|service|svg))\b/g);
  const folders = ['', 'src', 'docs'];
  const isThere = (name: string) => folders.some((folder) => existsSync(join(ROOT, folder, name)));
  expect(missing(present, named, isThere)).toEqual([]);
});

test('named bounds', () => {
  const lastCells = (text: string) => matches([text], /^\|.*\|([^|]*)\|$/gm);
  const named = ({ path, text }: Page) =>
    path === 'docs/security.md' ? matches(lastCells(text), /`([A-Z]+(?:_[A-Z]+)+)`/g) : [];
  expect(missing(present, named, (name) => new RegExp(`\\b${name}\\b`).test(source))).toEqual([]);
});

test('warning signs: the guide and the page on metrics have all of them, in one order', () => {
  const page = (path: string) => pages.find((one) => one.path === path)?.text ?? '';
  const [, rows = ''] = page('docs/guide-lowres.md').split('| sign | when | what to do |\n|---|---|---|\n');
  const inGuide = rows.slice(0, rows.indexOf('\n\n')).split('\n');
  expect(inGuide.map((row) => row.split(' ')[1])).toEqual([...SIGNS]);
  const [, values = ''] = /^\| `sign` \| (.*) \|$/m.exec(page('docs/metrics.md')) ?? [];
  expect(values).toBe(SIGNS.map((sign) => `\`${sign}\``).join(', '));
});

test('the README shows every command', () => {
  const readme = pages.find(({ path }) => path === 'README.md');
  for (const { name } of commands) expect(readme?.text).toContain(`| \`npx petrel ${name}\` |`);
});

/** Paths of the values in a table of TOML. */
function leaves(table: object, prefix = ''): string[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? leaves(value, path) : [path];
  });
}
