import { expect, test } from 'bun:test';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { filesIn, permissionsOf } from '../support/file-tree.ts';
import { ReleaseFolder } from './release-folder.ts';

const BIN = 'usr/local/bin/petrel';
const UNIT = 'etc/systemd/system/petrel.service';
const TOML = 'etc/petrel/petrel.toml';
const EXAMPLE = 'etc/petrel/petrel.example.toml';

test('the first installation: each file in its place, secrets for root and the service alone', () => {
  using release = new ReleaseFolder();
  expect(release.install()).toMatchObject({ exitCode: 0, err: '' });
  expect(filesIn(release.dest)).toEqual({ [BIN]: '755', [UNIT]: '644', [TOML]: '640', [EXAMPLE]: '644' });
  expect(permissionsOf(join(release.dest, 'etc/petrel'))).toBe('750');
  expect(permissionsOf(join(release.dest, 'var/lib/petrel'))).toBe('700');
});

test('the first configuration is one that Petrel takes, with its data where the unit lets it write', () => {
  using release = new ReleaseFolder();
  release.install();
  const config = loadConfig({ cwd: '/nonexistent', configFile: join(release.dest, TOML), env: {} });
  expect(config.dataDir).toBe('/var/lib/petrel');
  expect(config.log.format).toBe('pretty');
});

test('what the first configuration proposes is taken too', () => {
  using release = new ReleaseFolder();
  release.install();
  const path = join(release.dest, TOML);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replaceAll(/^# (?=\[|[a-z_]+ = )/gm, ''));
  const { port, publicHost, tls } = loadConfig({ cwd: '/nonexistent', configFile: path, env: {} });
  expect({ port, publicHost, domains: tls.domains }).toEqual({
    port: 443,
    publicHost: 'proxy.example.org',
    domains: ['www.example.org'],
  });
});

test.each([['install'], ['upgrade']])(
  '%s over an installation: the new executable, the old one beside it, the same settings',
  (verb) => {
    using release = new ReleaseFolder();
    release.install();
    const toml = join(release.dest, TOML);
    appendFileSync(toml, '# mine\n');
    const mine = readFileSync(toml, 'utf8');
    const old = readFileSync(join(release.dest, BIN), 'utf8');
    release.setExecutable('echo "petrel 2.0.0"');
    expect(release.install(verb)).toMatchObject({ exitCode: 0, out: expect.stringContaining('petrel 2.0.0') });
    expect(readFileSync(join(release.dest, BIN), 'utf8')).toContain('2.0.0');
    expect(readFileSync(join(release.dest, `${BIN}.previous`), 'utf8')).toBe(old);
    expect(readFileSync(toml, 'utf8')).toBe(mine);
    expect(filesIn(release.dest)).not.toHaveProperty(`${BIN}.new`);
  },
);

test('uninstall keeps configuration and data, --purge does not; both may be repeated', () => {
  using release = new ReleaseFolder();
  release.install();
  release.install();
  writeFileSync(join(release.dest, 'var/lib/petrel/petrel.db'), 'data', { mode: 0o600 });
  for (let round = 0; round < 2; round += 1) {
    expect(release.install('uninstall').exitCode).toBe(0);
    expect(filesIn(release.dest)).toEqual({ [TOML]: '640', [EXAMPLE]: '644', 'var/lib/petrel/petrel.db': '600' });
  }
  for (let round = 0; round < 2; round += 1) {
    expect(release.install('uninstall', '--purge').exitCode).toBe(0);
    expect(filesIn(release.dest)).toEqual({});
    expect(existsSync(join(release.dest, 'etc/petrel'))).toBe(false);
  }
});

test.each([
  ['exit 132', 'SSE4.2 is needed'],
  ['exit 126', 'made for another processor'],
  ['echo no luck; exit 9', '--version fails with exit code 9: no luck'],
])('an executable that does not run here (%s) is told and not installed', (body, reason) => {
  using release = new ReleaseFolder();
  release.setExecutable(body);
  expect(release.install()).toMatchObject({ exitCode: 1, err: expect.stringContaining(reason) });
  expect(filesIn(release.dest)).toEqual({});
});

test('wrong usage is refused before anything is touched', () => {
  using release = new ReleaseFolder();
  for (const args of [['--nope'], ['install', 'uninstall'], ['--purge']]) {
    expect(release.install(...args)).toMatchObject({ exitCode: 2, err: expect.stringContaining('Usage: install.sh') });
  }
  expect(release.install('upgrade')).toMatchObject({ exitCode: 1, err: expect.stringContaining('nothing to upgrade') });
  expect(release.install('--help')).toMatchObject({ exitCode: 0, out: expect.stringContaining('Usage: install.sh') });
  expect(filesIn(release.dest)).toEqual({});
});
