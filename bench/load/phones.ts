import type { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { Prng } from '../../test/support/prng.ts';
import { connectMany } from './connect.ts';
import type { Done, Job, Where } from './job.ts';
import { Latencies } from './latencies.ts';

/** A phone opens three to eight connections; one carries its updates, the others come alive now and then. */
const LEAST_SOCKETS = 3;
const MOST_SOCKETS = 8;
const PING_MS = 2_000;
const BURST_MS = { least: 1_000, most: 6_000 };
const BURST_ROUND_TRIPS = 12;
const PHOTO_BYTES = 150_000;
const UPLOAD_BYTES = 80_000;

/** A mixed load like that of real phones: few are busy at a time, in bursts, and all keep their connections. */
export async function phones(job: Extract<Job, { do: 'phones' }>): Promise<Omit<Done, 'seconds'>> {
  const latencies = new Latencies();
  const end = performance.now() + job.seconds * 1_000;
  const lives = Array.from({ length: job.phones }, (_, index) => live(job, index, end, latencies));
  const moved = await Promise.all(lives);
  return {
    ...latencies.percentiles(),
    roundTrips: latencies.count,
    bytes: moved.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** @returns bytes moved in transfers */
async function live(where: Where, index: number, end: number, latencies: Latencies): Promise<number> {
  const prng = new Prng(index);
  const sockets = await connectMany(where, LEAST_SOCKETS + prng.below(MOST_SOCKETS - LEAST_SOCKETS + 1), index);
  const [first] = sockets;
  let moved = 0;
  while (performance.now() < end && first !== undefined) {
    await Bun.sleep(Math.min(PING_MS, BURST_MS.least + prng.below(BURST_MS.most - BURST_MS.least)));
    await roundTrip(first, latencies, 32);
    if (prng.chance(0.5)) moved += await burst(prng.pick(sockets), prng, latencies);
  }
  for (const client of sockets) client.close();
  return moved;
}

/** Somebody opens a chat: small answers, some photos, perhaps one sent. */
async function burst(client: SimulatedClient, prng: Prng, latencies: Latencies): Promise<number> {
  for (let left = prng.below(BURST_ROUND_TRIPS); left > 0; left -= 1) {
    await roundTrip(client, latencies, 100 + prng.below(2_000));
  }
  const photos = prng.below(4);
  for (let left = photos; left > 0; left -= 1) await client.download(PHOTO_BYTES);
  if (!prng.chance(0.3)) return photos * PHOTO_BYTES;
  await client.upload(UPLOAD_BYTES);
  return photos * PHOTO_BYTES + UPLOAD_BYTES;
}

async function roundTrip(client: SimulatedClient, latencies: Latencies, bytes: number): Promise<void> {
  const start = performance.now();
  await client.echo(new Uint8Array(bytes));
  latencies.add(performance.now() - start);
}
