import { Histogram } from '../kit/histogram.ts';

/** Milliseconds until a data centre has accepted: from the next rack to a lost first SYN and beyond. */
const DIAL_BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** Counters of one data centre. */
export class DcLedger {
  /** Sessions that got a connection. */
  sessions = 0;
  /** Of these, with a connection that stood ready. */
  sessionsReady = 0;
  /** Sessions that got none. */
  sessionFailures = 0;
  /** Sessions that got one over which no answer came. */
  sessionsUnanswered = 0;
  /** Connections opened, for sessions and ahead of them, by the milliseconds that took. */
  readonly dials = new Histogram(DIAL_BOUNDS_MS);
  /** Connections that could not be opened. */
  dialFailures = 0;
}
