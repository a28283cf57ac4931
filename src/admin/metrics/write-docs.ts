import { withTables } from './docs-tables.ts';

/** `npm run docs`: writes the tables of docs/metrics.md. */
const path = new URL('../../../docs/metrics.md', import.meta.url);
await Bun.write(path, withTables(await Bun.file(path).text()));
