import { expect, test } from 'bun:test';
import { docsPage } from './docs-page.ts';

test('docs/configuration.md is what `npm run docs` writes', async () => {
  const page = await Bun.file(new URL('../../docs/configuration.md', import.meta.url)).text();
  expect(page).toBe(docsPage());
});
