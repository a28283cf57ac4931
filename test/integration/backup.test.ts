import { describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'bun';
import { readUsers } from '../../src/store/read-file.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';

const MAIN = join(import.meta.dir, '../../src/main.ts');
const hasSqlite = Bun.which('sqlite3') !== null;

async function secretsIn(folder: PetrelFolder): Promise<string[]> {
  const said = await $`${process.execPath} ${MAIN} link`.cwd(folder.path).text();
  return [...said.matchAll(/secret=(\w+)/g)].map(([, secret = '']) => secret);
}

describe.skipIf(!hasSqlite)('docs/backup.md (needs the command sqlite3)', () => {
  test('a backup of the running proxy, restored elsewhere, has the same links', async () => {
    using old = new PetrelFolder();
    old.configure();
    await using running = await PetrelProcess.serving(old);
    const secrets = await secretsIn(old);
    expect(secrets.length).toBeGreaterThan(0);
    const backup = old.file('backup.db');
    await $`sqlite3 ${old.file('data/petrel.db')} ${`.backup ${backup}`}`.quiet();

    using other = new PetrelFolder();
    other.configure();
    await $`install -d -m 700 ${other.file('data')}`;
    copyFileSync(backup, other.file('data/petrel.db'));
    await using restored = await PetrelProcess.serving(other);
    expect(restored.out).not.toContain('Links of'); // made no user of its own
    expect(await secretsIn(other)).toEqual(secrets);
    expect(running.logLines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('after a clean stop the database is one file', async () => {
    using folder = new PetrelFolder();
    folder.configure();
    {
      await using running = await PetrelProcess.serving(folder);
      running.signal('SIGTERM');
      expect(await running.exited).toBe(0);
    }
    for (const name of ['petrel.db-wal', 'petrel.db-shm', 'control.sock'])
      expect({ name, isThere: existsSync(folder.file(`data/${name}`)) }).toEqual({ name, isThere: false });
    expect(readUsers(folder.file('data/petrel.db')).users.map(({ name }) => name)).toEqual(['user1']);
  });
});
