import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestTerminal } from './test-terminal.ts';
import { refusalText, told, whereabouts } from './whereabouts.ts';

const root = mkdtempSync(join(tmpdir(), 'petrel-whereabouts-'));
afterAll(() => rmSync(root, { recursive: true }));

let cwd = '';
let service = { config: '', data: '' };
let count = 0;
beforeEach(() => {
  count += 1;
  const folder = join(root, String(count));
  cwd = join(folder, 'here');
  service = { config: join(folder, 'etc'), data: join(folder, 'var') };
  mkdirSync(cwd, { recursive: true });
});

function put(folder: string, name: string, text = ''): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

function find(flags = {}, env = {}) {
  return whereabouts(flags, { cwd, env }, service);
}

describe('a configuration that would be refused', () => {
  test.each([
    ['another key is bad', 'port = 70000\ndata_dir = "kept"\n'],
    ['it is no TOML after that line', 'data_dir = "kept"\nport = "x\n'],
    ['it is no TOML before it, with other quotes', "port = \n  data_dir   = 'kept' # here\n"],
  ])('names the data folder all the same: %s', (_name, toml) => {
    put(cwd, 'petrel.toml', toml);
    const place = find();
    expect([place.dataDir, place.config]).toEqual([join(cwd, 'kept'), null]);
    expect(refusalText(place)).toStartWith('the file on disk would be refused: the configuration has ');
  });

  test('without a word about it the default holds, and not what a table says', () => {
    put(cwd, 'petrel.toml', 'port = \n[log]\ndata_dir = "wrong"\n');
    expect(find().dataDir).toBe(join(cwd, 'data'));
  });

  test('flags win over the environment, the environment over .env, that over the file', () => {
    put(cwd, 'petrel.toml', 'prot = 1\ndata_dir = "by-file"');
    expect(find().dataDir).toBe(join(cwd, 'by-file'));
    put(cwd, '.env', 'PETREL_DATA_DIR=by-dotenv');
    expect(find().dataDir).toBe(join(cwd, 'by-dotenv'));
    expect(find({}, { PETREL_DATA_DIR: 'by-variable' }).dataDir).toBe(join(cwd, 'by-variable'));
    expect(find({ 'data-dir': 'by-flag' }, { PETREL_DATA_DIR: 'x' }).dataDir).toBe(join(cwd, 'by-flag'));
  });

  test('where only the environment is wrong no file is blamed', () => {
    put(cwd, 'petrel.toml');
    expect(refusalText(find({}, { MTPROTO_PORT: 'x' }))).toStartWith('what the environment sets would be refused: ');
  });
});

describe('outside of the working directory', () => {
  beforeEach(() => put(service.config, 'petrel.toml', 'data_dir = "/var/somewhere"\n'));

  test("where nothing of Petrel is it is the system's service, and that is told", () => {
    const terminal = new TestTerminal();
    const place = told(find(), terminal);
    expect(place.dataDir).toBe('/var/somewhere');
    expect(place.config?.file).toBe(join(service.config, 'petrel.toml'));
    expect(terminal.errors).toBe(
      `petrel: there is nothing of Petrel in this folder: using ${join(service.config, 'petrel.toml')}\n`,
    );
  });

  test('its .env counts too, as for the service itself', () => {
    put(service.config, '.env', 'MTPROTO_PORT=4443');
    expect(find().config?.port).toBe(4443);
  });

  test.each<[string, () => void]>([
    ['a configuration', () => put(cwd, 'petrel.toml')],
    ['a .env', () => put(cwd, '.env')],
    ['a data folder', () => put(join(cwd, 'data'), 'petrel.db')],
  ])('%s here is what counts', (_name, prepare) => {
    prepare();
    expect(find()).toMatchObject({ dataDir: join(cwd, 'data'), elsewhere: null });
  });

  test("a folder that is called data and is not Petrel's does not count", () => {
    put(join(cwd, 'data'), 'figures.csv');
    expect(find().elsewhere).not.toBeNull();
  });

  test.each<[string, object, object]>([
    ['a flag', { 'data-dir': 'x' }, {}],
    ['a configuration file', { config: 'x.toml' }, {}],
    ['a variable', {}, { PETREL_DATA_DIR: 'x' }],
  ])('%s is what counts', (_name, flags, env) => {
    expect(find(flags, env).elsewhere).toBeNull();
  });

  test('a service without a configuration file has its data folder', () => {
    rmSync(service.config, { recursive: true });
    expect(find()).toMatchObject({ dataDir: join(cwd, 'data'), elsewhere: null });
    mkdirSync(service.data);
    expect(find()).toMatchObject({ dataDir: service.data, elsewhere: service.data });
  });

  test('a refused configuration of the service that names no data folder: it is the usual one', () => {
    put(service.config, 'petrel.toml', 'port = 70000');
    expect(find()).toMatchObject({ dataDir: service.data, config: null });
  });
});
