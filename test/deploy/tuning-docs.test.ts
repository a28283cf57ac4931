import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OUR_FILES, SETTINGS, STATE } from './tuning-script.ts';

const page = readFileSync(join(import.meta.dir, '../../docs/tuning.md'), 'utf8');

test('the page has every setting of the script with its value, and no other', () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9_.-]+)` \| `([^`]+)` \|/gm)].map(([, name, value]) => ({ name, value }));
  expect(rows.length).toBeGreaterThan(20); // the search works
  expect(rows).toEqual(SETTINGS.map(({ name, value }) => ({ name, value })));
});

test('the page names every file', () => {
  for (const path of [...OUR_FILES, STATE]) expect(page).toContain(`| \`${path}\` |`);
});
