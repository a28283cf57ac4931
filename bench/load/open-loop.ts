import type { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { connectMany } from './connect.ts';
import type { Done, Job } from './job.ts';
import { Latencies } from './latencies.ts';

const TICK_MS = 1;
/** Bulk is asked for in pieces, so that its pace is even. */
const BULK_PIECE_BYTES = 256 * 1024;
const BULK_CLIENTS = 4;

/**
 * Messages at a given pace, whether or not the ones before have come back: what a proxy adds when it is not the clients that wait
 * for it. A round trip counts from the moment when its message was due. Beside it downloads may go on at a pace of their own.
 */
export async function paced(job: Extract<Job, { do: 'paced' }>): Promise<Omit<Done, 'seconds'>> {
  const clients = await connectMany(job, job.clients);
  const bulk = await connectMany(job, job.bulkBytesPerSecond > 0 ? BULK_CLIENTS : 0);
  const latencies = new Latencies();
  const under: Promise<void>[] = [];
  const bytes = crypto.getRandomValues(new Uint8Array(job.bytes));
  let moved = 0;
  const ask = async (client: SimulatedClient, dueMs: number) => {
    await client.echo(bytes);
    latencies.add(performance.now() - dueMs);
  };
  const download = async (client: SimulatedClient) => {
    await client.download(BULK_PIECE_BYTES);
    moved += BULK_PIECE_BYTES;
  };

  const start = performance.now();
  let [asked, fetched] = [0, 0];
  for (let now = 0; now < job.seconds * 1_000; now = performance.now() - start) {
    for (const dueBy = (now / 1_000) * job.perSecond; asked < dueBy; asked += 1) {
      const client = clients[asked % clients.length];
      if (client !== undefined) under.push(ask(client, start + (asked / job.perSecond) * 1_000));
    }
    for (const dueBy = ((now / 1_000) * job.bulkBytesPerSecond) / BULK_PIECE_BYTES; fetched < dueBy; fetched += 1) {
      const client = bulk[fetched % bulk.length];
      if (client !== undefined) under.push(download(client));
    }
    await Bun.sleep(TICK_MS);
  }
  await Promise.all(under);
  for (const client of [...clients, ...bulk]) client.close();
  return { ...latencies.percentiles(), roundTrips: latencies.count, bytes: moved };
}
