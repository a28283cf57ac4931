import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { MAIN, PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { USER_KEY } from '../support/proxy.ts';

/** A disk of its own for the data folder, in a mount namespace of its own: needs root. */
const SMALL_DISK = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=4m none data && exec "$@"', 'sh'];
const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\n[mask]\nenabled = false`;

async function canMount(): Promise<boolean> {
  try {
    return (
      (await Bun.spawn(['unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stderr: 'ignore' }).exited) === 0
    );
  } catch {
    return false; // no such command
  }
}

/** Runs a command where the process sees its files. */
async function inside({ pid }: PetrelProcess, folder: PetrelFolder, ...command: readonly string[]) {
  const child = Bun.spawn(['nsenter', '-t', String(pid), '-m', ...command], {
    cwd: folder.path,
    stdout: 'pipe',
    stderr: 'ignore',
  });
  return { out: await new Response(child.stdout).text(), code: await child.exited };
}

test.skipIf(!(await canMount()))(
  'a disk that fills up shows while nothing moves, and clears when there is room',
  async () => {
    using folder = new PetrelFolder();
    folder.configure({ toml: ALICE });
    mkdirSync(folder.file('data'));
    await using petrel = await PetrelProcess.serving(folder, { through: SMALL_DISK });
    await inside(petrel, folder, 'dd', 'if=/dev/zero', `of=${folder.file('data/filler')}`, 'bs=64k');
    const sentence = `the data folder cannot be written (the disk of ${folder.file('data/petrel.db')} is full)`;
    expect(await petrel.told('the data folder cannot be written')).toMatchObject({
      sign: 'storage',
      message: sentence,
    });
    const health = await inside(petrel, folder, process.execPath, MAIN, 'health', '--data-dir', folder.file('data'));
    expect([health.code, health.out]).toEqual([0, expect.stringContaining(`warning sign storage: ${sentence}`)]);
    await inside(petrel, folder, 'rm', folder.file('data/filler'));
    expect(await petrel.told('warning cleared')).toMatchObject({ sign: 'storage' });
  },
);
