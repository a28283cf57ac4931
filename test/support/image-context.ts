import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dir, '../..');

/** The files of the checkout that a build of the image can copy: those that `.dockerignore` leaves. */
export function imageContext(): string[] {
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return checkoutFiles().filter((file) => !isIgnored(file, patterns));
}

/** What the Dockerfile copies out of the context, in its order, each with the commands that run after it. */
export function imageSteps(): { readonly copied: readonly string[]; readonly commands: readonly string[] }[] {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replace(/\\\n/g, '');
  const [, build = ''] = /^WORKDIR .*\n([\s\S]*?)^FROM /m.exec(text) ?? [];
  const steps: { copied: string[]; commands: string[] }[] = [];
  for (const [, word, rest = ''] of build.matchAll(/^(COPY|RUN) (.*)$/gm)) {
    if (word === 'COPY') steps.push({ copied: rest.split(' ').slice(0, -1), commands: [] });
    else steps.at(-1)?.commands.push(rest);
  }
  return steps;
}

/** Of these files those that a COPY of this path takes. */
export function filesUnder(path: string, files: readonly string[]): string[] {
  return path === '.' ? [...files] : files.filter((file) => file === path || file.startsWith(`${path}/`));
}

/** Large, and no part of a checkout. */
const SKIPPED = ['.git', 'node_modules', 'dist'];

function checkoutFiles(): string[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.includes(name))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(entry.name) : [entry.name]));
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** As Docker reads the file: from the root, a folder stands for all in it, and of several patterns the last one decides. */
function isIgnored(file: string, patterns: readonly string[]): boolean {
  const parts = file.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const decisive = patterns.findLast((pattern) => {
    const glob = new Bun.Glob(pattern.replace(/^!/, ''));
    return paths.some((path) => glob.match(path));
  });
  return decisive !== undefined && !decisive.startsWith('!');
}
