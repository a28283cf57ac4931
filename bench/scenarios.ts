import type { Job, Where } from './load/job.ts';
import { eeSecret, otherUserKey } from './secrets.ts';

/** A piece of load whose CPU is measured on the proxy and on the floor in turns. */
export interface Scenario {
  readonly name: string;
  /** What the CPU seconds are divided by, and its unit. */
  readonly per: number;
  readonly unit: 's/GB' | 'us' | 's';
  readonly job: (where: Where) => Job;
  /** The ratio to reach with ee and fast mode. */
  readonly goal?: number;
}

const GIGABYTE = 1e9;
const TRANSFER_BYTES = 250e6;
const TRANSFER_CLIENTS = 4;
const ROUND_TRIPS = 5_000;
const ROUND_TRIP_CLIENTS = 8;
const CHURN = 3_000;
const PHONES = 100;
const PHONE_SECONDS = 15;
export const MANY_USERS = 1_000;

const gigabytes = (TRANSFER_BYTES * TRANSFER_CLIENTS) / GIGABYTE;

/** For every mode, with fast mode and without. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'download',
    per: gigabytes,
    unit: 's/GB',
    job: (where) => ({ do: 'download', ...where, clients: TRANSFER_CLIENTS, bytes: TRANSFER_BYTES }),
    goal: 1.2,
  },
  {
    name: 'upload',
    per: gigabytes,
    unit: 's/GB',
    job: (where) => ({ do: 'upload', ...where, clients: TRANSFER_CLIENTS, bytes: TRANSFER_BYTES }),
    goal: 2,
  },
  {
    name: 'round trip, 200 bytes',
    per: (ROUND_TRIPS * ROUND_TRIP_CLIENTS) / 1e6,
    unit: 'us',
    job: (where) => ({ do: 'round-trips', ...where, clients: ROUND_TRIP_CLIENTS, count: ROUND_TRIPS, bytes: 200 }),
    goal: 1.3,
  },
  {
    name: 'connect, handshake, echo, close',
    per: CHURN / 1e6,
    unit: 'us',
    job: (where) => ({ do: 'churn', ...where, count: CHURN, parallel: 8 }),
    goal: 2,
  },
];

/** Every connection is another user's, so that no address tells whose secret to try first. */
export const MANY_USERS_SCENARIO: Scenario = {
  name: `connect as one of ${MANY_USERS} users`,
  per: CHURN / 1e6,
  unit: 'us',
  job: (where) => ({
    do: 'churn',
    ...where,
    secret:
      where.secret === null
        ? null
        : Array.from({ length: MANY_USERS - 1 }, (_, index) => eeSecret(otherUserKey(index))),
    count: CHURN,
    parallel: 8,
  }),
};

/** A fixed time of a mixed load. */
export const PHONES_SCENARIO: Scenario = {
  name: `${PHONES} phones for ${PHONE_SECONDS} s`,
  per: 1,
  unit: 's',
  job: (where) => ({ do: 'phones', ...where, phones: PHONES, seconds: PHONE_SECONDS }),
};
