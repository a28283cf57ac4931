import { amountText, distributionText } from './metrics/exposition.ts';
import type { Metric } from './metrics/metric.ts';
import { METRICS } from './metrics/table.ts';
import { listedUsers } from './metrics/user-metrics.ts';
import type { Snapshot } from './snapshot.ts';

/** The figures of a moment in Prometheus' text format 0.0.4, one metric a piece, so that the reader may pause between them. */
export function* metricsText(snapshot: Snapshot, metrics: readonly Metric[] = METRICS): Generator<string> {
  const figures = { ...snapshot, listedUsers: listedUsers(snapshot.users) };
  for (const metric of metrics) {
    yield metric.type === 'histogram'
      ? distributionText(metric, metric.read(figures))
      : amountText(metric, metric.read(figures));
  }
}
