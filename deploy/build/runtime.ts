import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { $ } from 'bun';
import lock from '../../package-lock.json';
import type { Target } from './targets.ts';

/**
 * Brings the runtime of another target from the registry that npm is set to, and holds it against the lockfile: what goes
 * into an executable is what `npm ci` would have installed on that machine. (The compiler's own download knows neither.)
 *
 * @param folder where it may leave files
 * @returns the runtime's path
 */
export async function bringRuntime({ runtimePackage }: Target, folder: string): Promise<string> {
  const { version, integrity } = pinned(runtimePackage);
  const spec = `${runtimePackage}@${version}`;
  const packed = await $`npm pack --loglevel error --fetch-retries 1 --pack-destination ${folder} ${spec}`
    .quiet()
    .nothrow();
  if (packed.exitCode !== 0) throw new Error(`${spec} cannot be had from the registry: ${reasonIn(packed.stderr)}`);
  const tarball = await Bun.file(join(folder, packed.text().trim())).bytes();
  if (digest(tarball) !== integrity) throw new Error(`${spec} is not the one that package-lock.json names`);
  await new Bun.Archive(tarball).extract(folder);
  return join(folder, 'package/bin/bun');
}

function pinned(name: string): { version: string; integrity: string } {
  const packages = lock.packages as Readonly<Record<string, { version?: string; integrity?: string } | undefined>>;
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not pin ${name}`);
  return { version, integrity };
}

function digest(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

function reasonIn(stderr: Buffer): string {
  return /^npm error code (\S+)/m.exec(stderr.toString())?.[1] ?? 'npm does not say why';
}
