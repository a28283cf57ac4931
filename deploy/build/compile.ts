import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bringRuntime } from './runtime.ts';
import { type Target, thisMachine } from './targets.ts';

const ROOT = join(import.meta.dir, '../..');

/**
 * Compiles Petrel and the runtime into one file: `petrel` for this machine, `petrel-<target>` for another.
 *
 * @param target null: this machine, whatever it is
 * @returns its path; the file appears whole or not at all
 */
export async function compile(target: Target | null, outFolder: string): Promise<string> {
  mkdirSync(outFolder, { recursive: true });
  const work = mkdtempSync(join(outFolder, '.build-'));
  try {
    // The name goes into the file: with one name for all, equal sources give equal bytes.
    const made = join(work, 'petrel');
    const isForeign = target !== null && target !== thisMachine;
    await Bun.build({
      // The store's thread has a program of its own.
      entrypoints: [join(ROOT, 'src/main.ts'), join(ROOT, 'src/store/writer-thread.ts')],
      root: ROOT,
      minify: true,
      compile: {
        outfile: made,
        // The working directory holds configuration, never code (bin/petrel); and Petrel reads .env itself, so that messages can
        // name it.
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
        ...(isForeign && { target: target.bunTarget, executablePath: await bringRuntime(target, work) }),
      },
    });
    const path = join(outFolder, isForeign ? `petrel-${target.name}` : 'petrel');
    renameSync(made, path);
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
