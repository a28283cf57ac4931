import { memoryMetrics, processMetrics, warningMetrics } from './machine-metrics.ts';
import type { Metric } from './metric.ts';
import { sessionMetrics, strangerMetrics } from './session-metrics.ts';
import { telegramMetrics } from './telegram-metrics.ts';
import { userMetrics } from './user-metrics.ts';

/** Every metric, under the titles of docs/metrics.md. */
export const METRIC_GROUPS: Readonly<Record<string, readonly Metric[]>> = {
  Sessions: sessionMetrics,
  Strangers: strangerMetrics,
  Users: userMetrics,
  Telegram: telegramMetrics,
  Memory: memoryMetrics,
  Process: processMetrics,
  'Warning signs': warningMetrics,
};

export const METRICS: readonly Metric[] = Object.values(METRIC_GROUPS).flat();
