import type { Histogram } from '../../kit/histogram.ts';
import type { Snapshot, UserSnapshot } from '../snapshot.ts';

/** What metrics are read from. */
export interface Figures extends Snapshot {
  /** The users that have series of their own. */
  readonly listedUsers: readonly UserSnapshot[];
}

/** A figure and the values of its metric's labels, in their order. */
export type Reading<Value> = readonly [value: Value, ...labelValues: readonly string[]];

export type Buckets = Omit<Histogram, 'add'>;

interface Declared {
  /** Ends in its base unit, a counter in _total. */
  readonly name: string;
  readonly unit: string;
  /** One sentence for the exposition's HELP and the documentation. */
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Amount extends Declared {
  readonly type: 'counter' | 'gauge';
  read(figures: Figures): readonly Reading<number>[];
}

export interface Distribution extends Declared {
  readonly type: 'histogram';
  read(figures: Figures): readonly Reading<Buckets>[];
}

export type Metric = Amount | Distribution;

const MS_PER_SECOND = 1_000;

export function seconds(ms: number): number {
  return ms / MS_PER_SECOND;
}

/** A histogram of milliseconds in seconds. */
export function inSeconds({ bounds, counts, sum, count }: Buckets): Buckets {
  return { bounds: bounds.map(seconds), counts, sum: seconds(sum), count };
}

/** A figure for each member of a closed set, zeros included. */
export function byMember<K extends string>(members: readonly K[], figure: (member: K) => number): Reading<number>[] {
  return members.map((member) => [figure(member), member]);
}

/** Both directions, in the order that readers of all metrics see. */
export function bothWays(uplink: number, downlink: number, ...labelValues: readonly string[]): Reading<number>[] {
  return [
    [uplink, ...labelValues, 'uplink'],
    [downlink, ...labelValues, 'downlink'],
  ];
}

/** A limit; where there is none (0 or null) there is no series. */
export function limit(value: number | null, ...labelValues: readonly string[]): Reading<number>[] {
  return value === null || value === 0 ? [] : [[value, ...labelValues]];
}

export function zeroOrOne(isSo: boolean): number {
  return isSo ? 1 : 0;
}
