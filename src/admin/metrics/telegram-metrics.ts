import type { DcLedger } from '../../proxy/dc-ledger.ts';
import { type Figures, inSeconds, type Metric, type Reading, seconds, zeroOrOne } from './metric.ts';

function byDc(figure: (counters: DcLedger) => number): (figures: Figures) => Reading<number>[] {
  return ({ ledger }) => Object.entries(ledger.dataCenters).map(([dc, counters]) => [figure(counters), dc]);
}

export const telegramMetrics: readonly Metric[] = [
  {
    name: 'petrel_dc_reachable',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether a data centre answers: asked every few minutes, without any session; absent until the first answer is in.',
    labels: ['dc'],
    read: ({ surroundings }) =>
      Object.entries(surroundings.dataCenters).map(([dc, trouble]) => [zeroOrOne(trouble === null), dc]),
  },
  {
    name: 'petrel_clock_ahead_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: "How far this machine's clock is ahead of Telegram's, negative: behind; absent while no data centre has told.",
    labels: [],
    read: ({ surroundings: { clockAheadMs } }) => (clockAheadMs === null ? [] : [[seconds(clockAheadMs)]]),
  },
  {
    name: 'petrel_dc_sessions_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions that got a connection to their data centre.',
    labels: ['dc'],
    read: byDc(({ sessions }) => sessions),
  },
  {
    name: 'petrel_dc_pool_hits_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions that took a connection opened ahead.',
    labels: ['dc'],
    read: byDc(({ sessionsReady }) => sessionsReady),
  },
  {
    name: 'petrel_dc_session_failures_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions closed because their data centre could not be reached.',
    labels: ['dc'],
    read: byDc(({ sessionFailures }) => sessionFailures),
  },
  {
    name: 'petrel_dc_sessions_unanswered_total',
    type: 'counter',
    unit: 'sessions',
    help: 'Sessions whose data centre accepted, then ended them or let the client wait without a byte.',
    labels: ['dc'],
    read: byDc(({ sessionsUnanswered }) => sessionsUnanswered),
  },
  {
    name: 'petrel_dc_addresses_failing',
    type: 'gauge',
    unit: 'addresses',
    help: 'Addresses that accept connections but have let sessions go unanswered; others are tried first.',
    labels: ['dc'],
    read: ({ ledger, failing }) =>
      Object.keys(ledger.dataCenters).map((dc) => [failing[Math.abs(Number(dc))]?.length ?? 0, dc]),
  },
  {
    name: 'petrel_dc_dial_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time until a data centre accepted a connection, opened for a session, ahead of one or as a check.',
    labels: ['dc'],
    read: ({ ledger }) => Object.entries(ledger.dataCenters).map(([dc, { dials }]) => [inSeconds(dials), dc]),
  },
  {
    name: 'petrel_dc_dial_failures_total',
    type: 'counter',
    unit: 'connections',
    help: 'Connections to a data centre that could not be opened, for a session, ahead of one or as a check.',
    labels: ['dc'],
    read: byDc(({ dialFailures }) => dialFailures),
  },
  {
    name: 'petrel_dc_pool_ready',
    type: 'gauge',
    unit: 'connections',
    help: 'Connections opened ahead that are ready.',
    labels: ['dc'],
    read: ({ ledger, ready }) => Object.keys(ledger.dataCenters).map((dc) => [ready[dc] ?? 0, dc]),
  },
];
