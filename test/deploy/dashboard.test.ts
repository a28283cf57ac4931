import { expect, test } from 'bun:test';
import { dashboard, type Panel, queriesOf, unknownMetrics } from './monitoring.ts';

const COLUMNS = 24;
const { panels, templating, schemaVersion, uid, ...rest } = await dashboard();
const withQueries = panels.filter(({ type }) => type !== 'row');

test('it is a dashboard of its own, with a choice of source and server', () => {
  expect({ uid, title: rest.title }).toEqual({ uid: 'petrel', title: 'Petrel' });
  expect(schemaVersion).toBeGreaterThanOrEqual(39);
  expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['instance', 'query'],
  ]);
});

test('its rows', () => {
  const rows = panels.filter(({ type }) => type === 'row');
  expect(rows.map(({ title }) => title)).toEqual(['Overview', 'Users', 'Strangers', 'Telegram', 'Process']);
});

test('every panel has an id of its own, a title, a description, the chosen source and a query', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const { title, description, datasource, targets = [] } of withQueries) {
    expect(title).not.toBe('');
    expect(description ?? '').toMatch(/\.$/);
    expect(datasource?.uid).toBe('$' + '{datasource}');
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  }
});

test('panels lie inside the grid and on no other', () => {
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    expect({ title, isInside: gridPos.x >= 0 && gridPos.x + gridPos.w <= COLUMNS }).toEqual({ title, isInside: true });
    for (const cell of cellsOf(gridPos)) {
      expect({ title, cell, isTaken: cells.has(cell) }).toEqual({ title, cell, isTaken: false });
      cells.add(cell);
    }
  }
});

test('every query asks the chosen servers for metrics that Petrel has', () => {
  const queries = queriesOf({ panels, templating, schemaVersion, uid, ...rest });
  expect(queries.length).toBeGreaterThan(30);
  for (const query of queries) {
    expect({ query, unknown: unknownMetrics(query) }).toEqual({ query, unknown: [] });
    const selectors = query.match(/petrel_\w+(\{[^}]*)?/g) ?? [];
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) expect(selector).toContain('instance=~"$instance"');
  }
});

function cellsOf({ x, y, w, h }: Panel['gridPos']): string[] {
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
}
