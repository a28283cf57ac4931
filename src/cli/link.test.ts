import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../config/problem.ts';
import { fromHex } from '../kit/bytes.ts';
import { PetrelError } from '../kit/errors.ts';
import { isFrontableDomain, readSecret } from '../wire/secret.ts';
import { UsageError } from './command.ts';
import { type LinkOptions, link } from './link.ts';
import { secret } from './secret.ts';
import { TestTerminal } from './test-terminal.ts';

const KEY = '46f4c1a6aeb1b0d5a27a4e3b5d5a27a4';
const BOB_KEY = '9f3b6c1d0e2a4f5b8c7d9e0f1a2b3c4d';
const BOB = { users: [{ name: 'bob', key: fromHex(BOB_KEY) }], usage: [] };
let cwd = '';

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'petrel-link-'));
  const toml = `public_host = "proxy.example"\npublic_port = 443\n[users.anna]\nsecret = "${KEY}"`;
  writeFileSync(join(cwd, 'petrel.toml'), toml);
});
afterAll(() => rmSync(cwd, { recursive: true }));

async function run(options: Partial<LinkOptions>, about = {}, env = {}): Promise<string> {
  const terminal = new TestTerminal({ cwd, ...about }, env);
  const all = { user: undefined, svgFile: undefined, drawQr: false, flags: {}, ...options };
  expect(await link(all, terminal, () => BOB)).toBe(0);
  return terminal.written;
}

test('without a name all users, configured and managed, have their links', async () => {
  const out = await run({});
  expect(out).toContain(`tg://proxy?server=proxy.example&port=443&secret=dd${KEY}\n`);
  expect(out).toContain(`https://t.me/proxy?server=proxy.example&port=443&secret=dd${BOB_KEY}\n`);
  expect(out).toContain('secret ee46f4c1');
  expect(out).not.toContain('█');
});

test('one user, with a QR code on a terminal or when asked', async () => {
  expect(await run({ user: 'anna' })).not.toContain('█');
  expect(await run({ user: 'anna', drawQr: true })).toContain('█');
  const out = await run({ user: 'anna' }, { isTerminal: true });
  expect(out).toContain('█');
  expect(out).not.toContain('bob');
});

test('--svg writes the picture of one user', async () => {
  await run({ user: 'bob', svgFile: 'bob.svg' });
  expect(readFileSync(join(cwd, 'bob.svg'), 'utf8')).toStartWith('<svg');
  await expect(run({ svgFile: 'all.svg' })).rejects.toThrow('name one');
  await expect(run({ user: 'bob', svgFile: 'none/bob.svg' })).rejects.toThrow(
    /^cannot write .*none\/bob\.svg: there is no such folder$/,
  );
  await expect(run({ user: 'bob', svgFile: '.' })).rejects.toThrow(/^cannot write .*: it is a folder$/);
});

test('users that would be refused have a note beside their links', async () => {
  const folder = join(cwd, 'standing');
  mkdirSync(folder);
  const secrets = ['a', 'b', 'c', 'd'].map((digit) => `${digit}${KEY.slice(1)}`);
  const [disabled, expired, used, well] = secrets;
  writeFileSync(
    join(folder, 'petrel.toml'),
    [
      `[users.disabled]\nsecret = "${disabled}"\nenabled = false`,
      `[users.expired]\nsecret = "${expired}"\nexpires = "2025-12-31"`,
      `[users.used]\nsecret = "${used}"\nquota = "1KB"`,
      `[users.well]\nsecret = "${well}"\nquota = "1KB"`,
    ].join('\n'),
  );
  const usage = ['used', 'well'].map((name, at) => ({ name, uplinkBytes: 1_024 - at, downlinkBytes: 0 }));
  const terminal = new TestTerminal({ cwd: folder, columns: 120 });
  await link({ user: undefined, svgFile: undefined, drawQr: false, flags: {} }, terminal, () => ({ users: [], usage }));
  const notes = [...terminal.written.matchAll(/^Links of (\w+)\n(?: {2}Note: (.*)\n)?/gm)].map(([, name, note]) => [
    name,
    note,
  ]);
  expect(Object.fromEntries(notes)).toEqual({
    disabled: 'disabled: these links do not work.',
    expired: 'expired at 2025-12-31 23:59 UTC: these links do not work.',
    used: 'the quota of 1.0 KB is used up: these links do not work.',
    well: undefined,
  });
});

test('a data folder that cannot be read costs only what is in it', async () => {
  const terminal = new TestTerminal({ cwd });
  const broken = () => {
    throw new Error('file is not a database');
  };
  expect(await link({ user: undefined, svgFile: undefined, drawQr: false, flags: {} }, terminal, broken)).toBe(0);
  expect(terminal.written).toContain('Links of anna');
  expect(terminal.errors).toContain('cannot be read: file is not a database (run this as the user that Petrel runs as');
});

test('an unknown user is refused with the names of the others', async () => {
  await expect(run({ user: 'eve' })).rejects.toThrow('there is no user "eve"; the users are: anna, bob');
  const terminal = new TestTerminal({ cwd: join(cwd, 'none') });
  const none = link({ user: undefined, svgFile: undefined, drawQr: false, flags: {} }, terminal, () => ({
    users: [],
    usage: [],
  }));
  await expect(none).rejects.toBeInstanceOf(PetrelError);
});

test('the configuration counts: --config, the environment', async () => {
  expect(await run({}, {}, { PETREL_PUBLIC_PORT: '444' })).toContain('port=444');
  await expect(run({ flags: { config: 'none.toml' } })).rejects.toBeInstanceOf(ConfigError);
});

test('petrel secret prints one line that is a secret', async () => {
  const read = async (domain?: string) => {
    const terminal = new TestTerminal();
    expect(await secret(domain, terminal)).toBe(0);
    expect(terminal.written).toMatch(/^[0-9a-f]+\n$/);
    const reading = readSecret(terminal.written.trim());
    return reading.kind === 'match' ? reading.secret : null;
  };
  expect(await read()).toMatchObject({ kind: 'plain', domain: '' });
  expect(await read('WWW.Example.com')).toMatchObject({ kind: 'ee', domain: 'www.example.com' });
  expect((await read())?.key).not.toEqual((await read())?.key ?? new Uint8Array());
});

test('petrel secret refuses a domain that no site can have', async () => {
  const terminal = new TestTerminal();
  expect(isFrontableDomain('localhost')).toBe(false);
  await expect(secret('localhost', terminal)).rejects.toThrow(
    new UsageError('--domain: expected a host name of 4 to 182 characters; found "localhost"'),
  );
  expect(terminal.written).toBe('');
});
