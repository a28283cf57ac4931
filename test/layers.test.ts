import { expect, test } from 'bun:test';
import { dirname, join, normalize } from 'node:path';
import { Glob } from 'bun';

/** Left may import right, never the other way; within one group nothing imports a neighbour unless it says so. */
const LAYERS: readonly (readonly string[])[] = [
  ['main'],
  ['cli'],
  ['doctor'],
  ['daemon'],
  ['admin', 'config', 'store', 'demo'],
  ['proxy'],
  ['front', 'telegram'],
  ['net'],
  ['wire'],
  ['kit'],
];

/** Runtime modules a pure layer may use: they compute, they don't talk. */
const PURE_MODULES: Readonly<Record<string, readonly string[]>> = {
  wire: ['node:crypto'],
};
/** The data plane has no dependency but the runtime. */
const BARE_LAYERS = ['proxy', 'telegram', 'net', 'wire', 'kit'];

const SOURCE = join(import.meta.dir, '../src');
const files = [...new Glob('**/*.ts').scanSync(SOURCE)].filter((file) => !file.endsWith('.test.ts')).sort();

function layerOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : file.replace('.ts', '');
}

function rank(layer: string): number {
  return LAYERS.findIndex((group) => group.includes(layer));
}

async function importsOf(file: string): Promise<string[]> {
  const text = await Bun.file(join(SOURCE, file)).text();
  const statements = text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/g);
  return [...statements].map((match) => match[1] ?? match[2] ?? '');
}

function breach(file: string, target: string): string | null {
  const from = layerOf(file);
  if (target.endsWith('.json')) return null; // package.json: the version
  if (!target.startsWith('.')) {
    const isRuntime = target.startsWith('node:') || target.startsWith('bun');
    if (BARE_LAYERS.includes(from) && !isRuntime) return `${file} imports the library ${target}`;
    const allowed = PURE_MODULES[from];
    return allowed !== undefined && !allowed.includes(target) ? `${file} imports ${target}` : null;
  }
  const to = layerOf(normalize(join(dirname(file), target)));
  if (rank(from) < 0 || rank(to) < 0) return `${file}: no layer named ${rank(from) < 0 ? from : to}`;
  return from !== to && rank(to) <= rank(from) ? `${file} imports ${target}: ${from} may not use ${to}` : null;
}

test('imports go from left to right through the layers', async () => {
  const breaches: string[] = [];
  let count = 0;
  for (const file of files) {
    for (const target of await importsOf(file)) {
      count += 1;
      const found = breach(file, target);
      if (found !== null) breaches.push(found);
    }
  }
  expect(count).toBeGreaterThan(200); // the scan itself works
  expect(breaches).toEqual([]);
});

test('the rule finds a breach', () => {
  expect(breach('wire/secret.ts', '../net/conn.ts')).toContain('wire may not use net');
  expect(breach('wire/secret.ts', 'node:fs')).toContain('node:fs');
  expect(breach('proxy/relay.ts', 'valibot')).toContain('library');
  expect(breach('store/journal.ts', '../config/schema.ts')).toContain('store may not use config');
  expect(breach('proxy/relay.ts', '../net/conn.ts')).toBeNull();
});

test('nobody exports a default or hides modules behind a barrel', async () => {
  for (const file of files) {
    const text = await Bun.file(join(SOURCE, file)).text();
    expect({ file, hit: /export default|export \* from/.exec(text)?.[0] ?? null }).toEqual({ file, hit: null });
  }
});
