import type { DcLedger } from '../../src/proxy/dc-ledger.ts';

/** What the session counters of all data centres sum up to. */
export function sessionTotals(dataCenters: Readonly<Record<string, DcLedger>>) {
  const totals = { sessions: 0, sessionsReady: 0, sessionFailures: 0 };
  for (const { sessions, sessionsReady, sessionFailures } of Object.values(dataCenters)) {
    totals.sessions += sessions;
    totals.sessionsReady += sessionsReady;
    totals.sessionFailures += sessionFailures;
  }
  return totals;
}
