import type { Metric } from './metric.ts';
import { METRIC_GROUPS } from './table.ts';

const BEGIN = '<!-- metrics: written by `npm run docs` from src/admin/metrics, a test holds the two together -->\n';
const END = '<!-- end of metrics -->\n';

/** docs/metrics.md with its tables as the metrics are declared. */
export function withTables(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`no place for the tables between "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n${tables()}\n${page.slice(end)}`;
}

function tables(): string {
  return Object.entries(METRIC_GROUPS)
    .map(([title, metrics]) => `### ${title}\n\n${table(metrics)}`)
    .join('\n');
}

function table(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, labels, unit, help }) => {
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${unit} | ${help} |\n`;
  });
  return `| metric | type | labels | unit | meaning |\n|---|---|---|---|---|\n${rows.join('')}`;
}
