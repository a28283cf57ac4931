import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependencies } from '../../package.json';

const PACKAGES = join(import.meta.dir, '../../node_modules');
const RULE = '='.repeat(72);
/** Bun's package brings no licence text of its own. */
const RUNTIME = `MIT. The runtime contains JavaScriptCore (LGPL-2) and other libraries under licences of their own; they are listed,
and how to build it with changes is explained, at https://bun.com/docs/project/license
Its source: https://github.com/oven-sh/bun and https://github.com/oven-sh/WebKit`;

/** The name of the file that goes along with every executable. */
export const NOTICES_FILE = 'THIRD-PARTY-NOTICES';

/** The licences of all that is inside the executable beside Petrel. @throws when a package has no licence text */
export function notices(): string {
  const parts = Object.entries(dependencies).map(([name, version]) => {
    const text = name === 'bun' ? RUNTIME : licenceOf(name);
    return `${RULE}\n${name} ${version}\n${RULE}\n\n${text.trim()}\n`;
  });
  return `What the executable holds beside Petrel, and under which licences.\n\n${parts.join('\n')}`;
}

function licenceOf(name: string): string {
  const folder = join(PACKAGES, name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} brings no licence text: say under which it stands`);
  return readFileSync(join(folder, file), 'utf8');
}
