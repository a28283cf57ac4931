import type { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { connect, connectMany } from './connect.ts';
import type { Done, Job, Where } from './job.ts';
import { Latencies } from './latencies.ts';

type Part = Omit<Done, 'seconds'>;
type JobOf<Name extends Job['do']> = Extract<Job, { do: Name }>;

/** Each client moves so many bytes one way. */
export async function transfer(job: JobOf<'download' | 'upload'>): Promise<Part> {
  await withClients(job, job.clients, async (client) => {
    const { isIntact } = job.do === 'download' ? await client.download(job.bytes) : await client.upload(job.bytes);
    if (!isIntact) throw new Error('bytes came changed');
  });
  return { bytes: job.bytes * job.clients };
}

/** Each client sends the next message when the last has come back. */
export async function roundTrips(job: JobOf<'round-trips'>): Promise<Part> {
  const latencies = new Latencies();
  const bytes = crypto.getRandomValues(new Uint8Array(job.bytes));
  await withClients(job, job.clients, async (client) => {
    for (let left = job.count; left > 0; left -= 1) {
      const start = performance.now();
      await client.echo(bytes);
      latencies.add(performance.now() - start);
    }
  });
  return { ...latencies.percentiles(), roundTrips: latencies.count };
}

/** Connect, handshake, one echo, close; a few at a time. */
export async function churn(job: JobOf<'churn'>): Promise<Part> {
  const bytes = new Uint8Array(64);
  let left = job.count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const client = await connect(job, left);
      await client.echo(bytes);
      client.close();
      await client.ended;
    }
  };
  await Promise.all(Array.from({ length: job.parallel }, worker));
  return {};
}

async function withClients(
  where: Where,
  count: number,
  work: (client: SimulatedClient) => Promise<void>,
): Promise<void> {
  const clients = await connectMany(where, count);
  await Promise.all(clients.map(work));
  for (const client of clients) client.close();
}
