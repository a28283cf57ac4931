import { contentAt } from '../bulk/content.ts';
import type { SimulatedClient } from '../client/simulated-client.ts';
import type { Gate } from './gate.ts';
import type { Tally } from './tally.ts';

const PING_BYTES = 16;
const PAGE_BYTES = { least: 200, most: 4_000 };
const PAGES = { least: 3, most: 6 };
const DOWNLOAD_BYTES = { least: 256 * 1024, most: 4 * 1024 * 1024 };
const UPLOAD_BYTES = { least: 64 * 1024, most: 1024 * 1024 };

/** Something that a client does from time to time. */
export interface Habit {
  readonly name: string;
  /** How often it is chosen, out of the sum of all. */
  readonly weight: number;
  act(client: SimulatedClient, tally: Tally, bulk: Gate): Promise<void>;
}

/** What simulated clients do with their sessions. */
export const HABITS: readonly Habit[] = [
  { name: 'ping', weight: 40, act: (client, tally) => roundTrip(client, tally, PING_BYTES) },
  { name: 'browse', weight: 40, act: browse },
  { name: 'download', weight: 12, act: (client, tally, bulk) => bulk.through(() => download(client, tally)) },
  { name: 'upload', weight: 8, act: (client, tally, bulk) => bulk.through(() => upload(client, tally)) },
];

/** A habit by chance, according to the weights. */
export function someHabit(): Habit {
  const sum = HABITS.reduce((total, { weight }) => total + weight, 0);
  let at = Math.random() * sum;
  for (const habit of HABITS) {
    at -= habit.weight;
    if (at < 0) return habit;
  }
  return HABITS[0] as Habit;
}

async function roundTrip(client: SimulatedClient, tally: Tally, bytes: number): Promise<void> {
  const start = performance.now();
  await client.echo(contentAt(seed(), 0, bytes)); // rejects unless the very same bytes come back
  tally.latencies.add(performance.now() - start);
  tally.verifiedUp += bytes;
  tally.verifiedDown += bytes;
}

async function browse(client: SimulatedClient, tally: Tally): Promise<void> {
  for (let pages = between(PAGES); pages > 0; pages--) await roundTrip(client, tally, between(PAGE_BYTES));
}

async function download(client: SimulatedClient, tally: Tally): Promise<void> {
  const { total } = await client.download(between(DOWNLOAD_BYTES), { seed: seed() });
  tally.verifiedDown += total;
}

async function upload(client: SimulatedClient, tally: Tally): Promise<void> {
  const { total } = await client.upload(between(UPLOAD_BYTES), { seed: seed() });
  tally.verifiedUp += total;
}

export function between({ least, most }: { least: number; most: number }): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

function seed(): number {
  return Math.floor(Math.random() * 1_000);
}
