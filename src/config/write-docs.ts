import { docsPage } from './docs-page.ts';

/** `npm run docs`: writes docs/configuration.md from the schema. */
await Bun.write(new URL('../../docs/configuration.md', import.meta.url), docsPage());
