import type { Job } from './load.ts';
import { DOMAIN, KEY } from './target.ts';

/** A piece of load whose CPU is measured on the proxy and on the floor in turns. */
export interface Scenario {
  readonly name: string;
  /** What the CPU seconds are divided by, and its unit. */
  readonly per: number;
  readonly unit: string;
  readonly job: (port: number, secret: string | null) => Job;
}

const GIGABYTE = 1e9;
const TRANSFER_BYTES = 250e6;
const TRANSFER_CLIENTS = 4;
const ROUND_TRIPS = 5_000;
const ROUND_TRIP_CLIENTS = 8;
const CHURN = 3_000;

export const SECRETS = {
  classic: KEY,
  dd: `dd${KEY}`,
  ee: `ee${KEY}${Buffer.from(DOMAIN).toString('hex')}`,
} as const;

export type ModeName = keyof typeof SECRETS;

const gigabytes = (TRANSFER_BYTES * TRANSFER_CLIENTS) / GIGABYTE;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'download',
    per: gigabytes,
    unit: 's/GB',
    job: (port, secret) => ({ do: 'download', port, secret, clients: TRANSFER_CLIENTS, bytes: TRANSFER_BYTES }),
  },
  {
    name: 'upload',
    per: gigabytes,
    unit: 's/GB',
    job: (port, secret) => ({ do: 'upload', port, secret, clients: TRANSFER_CLIENTS, bytes: TRANSFER_BYTES }),
  },
  {
    name: 'round trip, 200 bytes',
    per: (ROUND_TRIPS * ROUND_TRIP_CLIENTS) / 1e6,
    unit: 'us',
    job: (port, secret) => ({
      do: 'round-trips',
      port,
      secret,
      clients: ROUND_TRIP_CLIENTS,
      count: ROUND_TRIPS,
      bytes: 200,
    }),
  },
  {
    name: 'connect, handshake, echo, close',
    per: CHURN / 1e6,
    unit: 'us',
    job: (port, secret) => ({ do: 'churn', port, secret, count: CHURN, parallel: 8 }),
  },
];
