import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
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
  const packed = await $`npm pack --json --loglevel error --fetch-retries 1 --pack-destination ${folder} ${spec}`
    .quiet()
    .nothrow();
  if (packed.exitCode !== 0) throw new Error(`${spec} cannot be had from the registry: ${reasonIn(packed)}`);
  const tarball = await Bun.file(join(folder, packedFile(folder))).bytes();
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

/** Looked for in the folder: what npm prints as the name of a scoped package's file is not its name before npm 9.2. */
function packedFile(folder: string): string {
  const file = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (file === undefined) throw new Error('npm pack says that it worked, and left no tarball');
  return file;
}

/** Why npm failed: the code in its JSON (npm 8 writes that to stderr), since the words around it differ between versions. */
export function reasonIn({ stdout, stderr }: { readonly stdout: Uint8Array; readonly stderr: Uint8Array }): string {
  const decoder = new TextDecoder();
  const [out, err] = [decoder.decode(stdout), decoder.decode(stderr)];
  const [, code] = /"code": "(\w+)"/.exec(out + err) ?? [];
  const [, lastLine] = /(\S.*)\s*$/.exec(err) ?? [];
  return code ?? lastLine ?? 'npm does not say why';
}
