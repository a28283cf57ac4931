import type { Buckets, Metric, Reading } from './metric.ts';

const SPECIAL = /["\\\n]/;

/**
 * One metric in Prometheus' text format 0.0.4: HELP, TYPE and a line a series. Nothing at all where it has no series.
 *
 * @see Prometheus documentation, "Exposition formats"
 */
export function amountText(metric: Metric, readings: readonly Reading<number>[]): string {
  let text = readings.length === 0 ? '' : headText(metric);
  for (const [value, ...labelValues] of readings) text += series(metric.name, metric.labels, labelValues, value);
  return text;
}

/** The same for a histogram: its buckets summed up, then the sum and the count. */
export function distributionText(metric: Metric, readings: readonly Reading<Buckets>[]): string {
  let text = readings.length === 0 ? '' : headText(metric);
  for (const [buckets, ...labelValues] of readings) text += histogramText(metric, buckets, labelValues);
  return text;
}

function histogramText({ name, labels }: Metric, { bounds, counts, sum }: Buckets, values: readonly string[]): string {
  let text = '';
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    const bound = numberText(bounds[index] ?? Number.POSITIVE_INFINITY);
    text += series(`${name}_bucket`, [...labels, 'le'], [...values, bound], below);
  }
  return text + series(`${name}_sum`, labels, values, sum) + series(`${name}_count`, labels, values, below);
}

function headText({ name, help, type }: Metric): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
}

function series(name: string, labels: readonly string[], labelValues: readonly string[], value: number): string {
  if (labels.length === 0) return `${name} ${numberText(value)}\n`;
  let pairs = '';
  for (let index = 0; index < labels.length; index += 1) {
    pairs += `${index === 0 ? '' : ','}${labels[index]}="${escaped(labelValues[index] ?? '')}"`;
  }
  return `${name}{${pairs}} ${numberText(value)}\n`;
}

function escaped(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value); // NaN and 1e+21 are the format's too
}
