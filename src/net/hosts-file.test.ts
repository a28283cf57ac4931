import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostsFile } from './hosts-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'petrel-hosts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string, atSeconds: number): string {
  const path = join(folder, 'hosts');
  writeFileSync(path, text);
  utimesSync(path, atSeconds, atSeconds);
  return path;
}

test('all lines of a name count, in any case, and comments do not', () => {
  const hosts = new HostsFile(
    write(
      [
        '127.0.0.1\tlocalhost',
        '# 10.0.0.1 site.example.org',
        'fd00::5   Site.example.org site # 10.0.0.2 other.example.org',
        '127.0.0.5 another site.EXAMPLE.org',
        'fe80::1%lo0 localhost',
        'nonsense localhost',
        '',
      ].join('\n'),
      1_000,
    ),
  );
  expect(hosts.addressesOf('site.example.org')).toEqual(['fd00::5', '127.0.0.5']);
  expect(hosts.addressesOf('LOCALHOST')).toEqual(['127.0.0.1']);
  expect(hosts.addressesOf('site')).toEqual(['fd00::5']);
  for (const name of ['example.org', 'other.example.org', '127.0.0.1', '']) expect(hosts.addressesOf(name)).toEqual([]);
});

test('a change is seen, also that the file comes and goes', () => {
  const hosts = new HostsFile(join(folder, 'hosts'));
  expect(hosts.addressesOf('site')).toEqual([]);
  write('127.0.0.1 site', 1_000);
  expect(hosts.addressesOf('site')).toEqual(['127.0.0.1']);
  write('127.0.0.2 site', 2_000);
  expect(hosts.addressesOf('site')).toEqual(['127.0.0.2']);
  rmSync(join(folder, 'hosts'));
  expect(hosts.addressesOf('site')).toEqual([]);
});
