import { join } from 'node:path';
import { METRICS } from '../../src/admin/metrics/table.ts';

const DEPLOY = join(import.meta.dir, '../../deploy');
export const PROMETHEUS_FOLDER = join(DEPLOY, 'prometheus');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string; readonly sign?: string };
  readonly annotations: { readonly summary: string; readonly advice: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

export async function alerts(): Promise<readonly Alert[]> {
  const text = await Bun.file(join(PROMETHEUS_FOLDER, 'alerts.yml')).text();
  const document = Bun.YAML.parse(text) as { groups: { rules: Alert[] }[] };
  return document.groups.flatMap(({ rules }) => rules);
}

export async function dashboard(): Promise<Dashboard> {
  return (await Bun.file(join(DEPLOY, 'grafana/petrel.json')).json()) as Dashboard;
}

/** Every query of the dashboard. */
export function queriesOf({ panels, annotations }: Dashboard): string[] {
  return [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list].map(({ expr }) => expr);
}

/** Names in a query that are no metric of ours. */
export function unknownMetrics(query: string): string[] {
  const known = METRICS.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return [...query.matchAll(/petrel_\w+/g)].map(([name]) => name).filter((name) => !known.includes(name));
}
