import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PetrelFolder } from './petrel-process.ts';

const STRANGE_MODULES = ['valibot', 'uqr'];

/** Puts everything into a working directory by which the runtime could be led to run code of it. */
export class HostileFolder {
  readonly #mark: string;

  constructor(folder: PetrelFolder) {
    this.#mark = folder.file('strange-code-ran');
    const strange = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(this.#mark)}, '');`;
    const everything = { '*': ['./strange.ts', '*'], valibot: ['./strange.ts'], './cli/main.ts': ['./strange.ts'] };
    const files: Record<string, string> = {
      'strange.ts': strange,
      'bunfig.toml': 'preload = ["./strange.ts"]\n[run]\npreload = ["./strange.ts"]\n',
      '.bunfig.toml': 'preload = ["./strange.ts"]\n',
      'tsconfig.json': JSON.stringify({ compilerOptions: { baseUrl: '.', paths: everything } }),
      'package.json': JSON.stringify({
        type: 'commonjs',
        scripts: { run: 'touch strange-code-ran' },
        imports: { '#kit': './strange.ts' },
        browser: { valibot: './strange.ts' },
      }),
    };
    for (const name of STRANGE_MODULES) {
      files[`node_modules/${name}/package.json`] = JSON.stringify({ name, main: 'index.js' });
      files[`node_modules/${name}/index.js`] = `require('node:fs').writeFileSync(${JSON.stringify(this.#mark)}, '')`;
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(folder.file(name)), { recursive: true });
      folder.write(name, text);
    }
  }

  /** Whether any of it was run. */
  get hasRun(): boolean {
    return existsSync(this.#mark);
  }
}
