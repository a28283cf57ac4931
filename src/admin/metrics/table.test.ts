import { expect, test } from 'bun:test';
import { OUTCOMES, STRANGER_REASONS } from '../../proxy/outcome.ts';
import { withTables } from './docs-tables.ts';
import { METRICS } from './table.ts';

const page = await Bun.file(new URL('../../../docs/metrics.md', import.meta.url)).text();

test.each(METRICS.map((metric) => [metric.name, metric] as const))('%s follows the conventions', (name, metric) => {
  const { type, unit, help, labels } = metric;
  expect(name).toMatch(/^petrel_[a-z]+(_[a-z]+)*$/);
  expect(name.endsWith('_total')).toBe(type === 'counter');
  const base = name.replace(/_total$/, '');
  expect(base.endsWith('_bytes')).toBe(unit === 'bytes');
  expect(base.endsWith('_seconds')).toBe(unit === 'seconds');
  expect(help).toMatch(/^[A-Z].*\.$/);
  for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
  expect(labels).not.toContain('le');
});

test('no name is given twice', () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

test('docs/metrics.md has the tables that `npm run docs` writes', () => {
  expect(page).toBe(withTables(page));
  for (const { name } of METRICS) expect(page).toContain(`| \`${name}\` |`);
});

test('docs/metrics.md explains every label, outcome and reason', () => {
  const labels = new Set(METRICS.flatMap(({ labels }) => labels));
  const [, explained = ''] = page.split('## The labels');
  for (const label of labels) expect(explained).toContain(`\`${label}\``);
  for (const value of [...OUTCOMES, ...STRANGER_REASONS]) expect(page).toContain(`| \`${value}\` |`);
});
