import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { $ } from 'bun';
import { version } from '../../package.json';
import { NOTICES_FILE, notices } from './notices.ts';
import type { Target } from './targets.ts';

const ROOT = join(import.meta.dir, '../..');
const EXECUTABLE_MODE = 0o755;
const FILE_MODE = 0o644;

/** What goes along with the executable, where it stands in the checkout; the installer finds it by these paths. */
const CONTENTS: Readonly<Record<string, number>> = {
  LICENSE: FILE_MODE,
  'README.md': FILE_MODE,
  'petrel.example.toml': FILE_MODE,
  'optimize_system_lowres.sh': EXECUTABLE_MODE,
  'deploy/install.sh': EXECUTABLE_MODE,
  'deploy/systemd/petrel.service': FILE_MODE,
};

/**
 * Packs an executable and what its installation needs. Sorted names, one time and one owner: equal sources give equal bytes.
 *
 * @returns the tarball's path
 */
export async function bundle(executable: string, target: Target, outFolder: string): Promise<string> {
  const name = `petrel-${version}-linux-${target.name}`;
  const tarball = join(outFolder, `${name}.tar.gz`);
  const work = mkdtempSync(join(outFolder, '.bundle-'));
  try {
    const put = (from: string, to: string, mode: number) => {
      const path = join(work, name, to);
      mkdirSync(dirname(path), { recursive: true, mode: EXECUTABLE_MODE });
      copyFileSync(from, path);
      chmodSync(path, mode);
    };
    put(executable, 'petrel', EXECUTABLE_MODE);
    for (const [path, mode] of Object.entries(CONTENTS)) put(join(ROOT, path), path, mode);
    writeFileSync(join(work, name, NOTICES_FILE), notices(), { mode: FILE_MODE });
    const sameEverywhere = [
      '--sort=name',
      '--format=gnu',
      '--owner=root:0',
      '--group=root:0',
      `--mtime=@${await time()}`,
    ];
    await $`tar ${sameEverywhere} -C ${work} -cf - ${name} | gzip -n > ${tarball}`.quiet();
    return tarball;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes SHA256SUMS, as `sha256sum -c` reads it. @returns its path */
export async function writeChecksums(files: readonly string[], outFolder: string): Promise<string> {
  const lines: string[] = [];
  for (const file of files) {
    const digest = createHash('sha256').update(await Bun.file(file).bytes());
    lines.push(`${digest.digest('hex')}  ${basename(file)}\n`);
  }
  const path = join(outFolder, 'SHA256SUMS');
  writeFileSync(path, lines.sort().join(''));
  return path;
}

/** Seconds of the commit that is packed; SOURCE_DATE_EPOCH wins, and without either it is 0. */
async function time(): Promise<string> {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d+$/.test(given)) return given;
  const commit = await $`git -C ${ROOT} log -1 --format=%ct`.quiet().nothrow();
  return commit.exitCode === 0 ? commit.text().trim() : '0';
}
