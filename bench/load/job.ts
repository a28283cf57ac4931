/** Where a job's clients connect, and with which secret. */
export interface Where {
  readonly host: string;
  readonly port: number;
  /** Several: taken in turn. Null: straight through, as to the floor. */
  readonly secret: string | readonly string[] | null;
}

/** What the load process is told to do: one JSON object a line. Bytes of every answer are checked. */
export type Job =
  | (Where & { do: 'download' | 'upload'; clients: number; bytes: number })
  | (Where & { do: 'round-trips'; clients: number; count: number; bytes: number })
  | (Where & {
      do: 'paced';
      clients: number;
      perSecond: number;
      seconds: number;
      bytes: number;
      bulkBytesPerSecond: number;
    })
  | (Where & { do: 'churn'; count: number; parallel: number })
  | (Where & { do: 'phones'; phones: number; seconds: number })
  | (Where & { do: 'hold' | 'stall'; clients: number })
  | { do: 'check-held' }
  | { do: 'release' };

export interface Done {
  readonly seconds: number;
  /** Round trips by length, microseconds. */
  readonly p50us?: number;
  readonly p99us?: number;
  /** Bytes moved and round trips made, where a job is bounded by time. */
  readonly bytes?: number;
  readonly roundTrips?: number;
  /** Sessions that stand. */
  readonly held?: number;
}

export type Answer = Done | { readonly failed: string };
