import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, writeChecksums } from './bundle.ts';
import { compile } from './compile.ts';
import { NOTICES_FILE, notices } from './notices.ts';
import { TARGET_NAMES, type Target, thisMachine } from './targets.ts';

const USAGE = `Usage: npm run build [-- OPTIONS]

Makes dist/petrel, one executable for this machine, and dist/THIRD-PARTY-NOTICES with the licences of what is in it.

  --target NAME   for ${[...TARGET_NAMES.keys()].join(', ')}: dist/petrel-NAME where it is not this machine.
                  x64 runs on CPUs without AVX2 too, so that x64-baseline is the same
  --package       also dist/petrel-VERSION-linux-NAME.tar.gz with what an installation needs, and dist/SHA256SUMS
  --out DIR       instead of dist
  --help          print this text
`;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
const MEGABYTE = 1_000_000;

interface Order {
  /** null: this machine, whatever it is. */
  readonly targets: readonly (Target | null)[];
  readonly isPackaged: boolean;
  readonly outFolder: string;
}

if (process.argv.includes('--help')) console.log(USAGE);
else {
  const order = readOrder();
  process.exitCode = typeof order === 'string' ? refuse(order) : await build(order);
}

function readOrder(): Order | string {
  try {
    const { values } = parseArgs({
      options: {
        target: { type: 'string' },
        package: { type: 'boolean', default: false },
        out: { type: 'string', default: 'dist' },
      },
    });
    const targets: readonly (Target | null)[] | undefined =
      values.target === undefined ? [thisMachine] : TARGET_NAMES.get(values.target);
    if (targets === undefined) return `--target: there is no ${JSON.stringify(values.target)}`;
    if (values.package && targets.includes(null)) return '--package: this machine is none of the targets, name one';
    return { targets, isPackaged: values.package, outFolder: values.out };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refuse(reason: string): number {
  console.error(`${reason}\n\n${USAGE}`);
  return EXIT_USAGE;
}

/** A target that can't be made is told; the others are made all the same. */
async function build({ targets, isPackaged, outFolder }: Order): Promise<number> {
  const tarballs: string[] = [];
  let exitCode = 0;
  for (const target of targets) {
    try {
      const executable = made(await compile(target, outFolder));
      writeFileSync(join(outFolder, NOTICES_FILE), notices());
      if (isPackaged && target !== null) tarballs.push(made(await bundle(executable, target, outFolder)));
    } catch (error) {
      console.error(
        `not made for ${target?.name ?? 'this machine'}: ${error instanceof Error ? error.message : error}`,
      );
      exitCode = EXIT_FAILURE;
    }
  }
  if (tarballs.length > 0) console.log(await writeChecksums(tarballs, outFolder));
  return exitCode;
}

function made(path: string): string {
  console.log(`${path}  ${(statSync(path).size / MEGABYTE).toFixed(1)} MB`);
  return path;
}
