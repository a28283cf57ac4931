import { SimulatedClient } from '../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../src/demo/telegram/data-center.ts';
import { readSecret, type Secret } from '../src/wire/secret.ts';

/**
 * The load process: data centre and clients on the other core. Reads one JSON job a line from its standard input, answers with one
 * JSON line each. All bytes are checked by the clients.
 */
export type Job =
  | { do: 'download' | 'upload'; port: number; secret: string | null; clients: number; bytes: number }
  | { do: 'round-trips'; port: number; secret: string | null; clients: number; count: number; bytes: number }
  | { do: 'churn'; port: number; secret: string | null; count: number; parallel: number }
  | { do: 'hold'; port: number; secret: string | null; clients: number }
  | { do: 'stall'; port: number; secret: string | null; clients: number }
  | { do: 'release' };

export type Answer = { seconds: number; p50us?: number; p99us?: number } | { failed: string };

const UNENDING_BYTES = 2 ** 40;
const CONNECTING_AT_ONCE = 64;
const held: SimulatedClient[] = [];

const dc = SimulatedDataCenter.start();
say({ dcPort: dc.port });

for await (const line of console) {
  if (line === '') break; // the input ends
  const job = JSON.parse(line) as Job;
  const start = performance.now();
  try {
    const extra = await run(job);
    say({ seconds: (performance.now() - start) / 1000, ...extra });
  } catch (error) {
    say({ failed: String(error) });
  }
}
process.exit(0);

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function run(job: Job): Promise<{ p50us?: number; p99us?: number }> {
  switch (job.do) {
    case 'download':
    case 'upload':
      await withClients(job, (client) => client[job.do === 'download' ? 'download' : 'upload'](job.bytes));
      return {};
    case 'round-trips':
      return roundTrips(job);
    case 'churn':
      await churn(job);
      return {};
    case 'hold':
      await hold(job);
      return {};
    case 'stall':
      await hold(job);
      for (const client of held) {
        client.pauseReading();
        client.download(UNENDING_BYTES).catch(() => {});
      }
      await Bun.sleep(4_000); // until every buffer on the way is full
      return {};
    case 'release':
      for (const client of held.splice(0)) client.reset();
      return {};
  }
}

function connect({ port, secret }: { port: number; secret: string | null }): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port, secret: secret === null ? null : secretFrom(secret) });
}

function secretFrom(text: string): Secret {
  const reading = readSecret(text);
  if (reading.kind === 'reject') throw new Error(reading.reason);
  return reading.secret;
}

async function withClients(
  job: { port: number; secret: string | null; clients: number },
  work: (client: SimulatedClient) => Promise<unknown>,
): Promise<void> {
  const clients = await Promise.all(Array.from({ length: job.clients }, () => connect(job)));
  await Promise.all(clients.map(work));
  for (const client of clients) client.close();
}

async function roundTrips(job: Job & { do: 'round-trips' }) {
  const times: number[] = [];
  const bytes = crypto.getRandomValues(new Uint8Array(job.bytes));
  await withClients(job, async (client) => {
    for (let left = job.count; left > 0; left -= 1) {
      const start = performance.now();
      await client.echo(bytes);
      times.push(performance.now() - start);
    }
  });
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 1000);
  return { p50us: at(0.5), p99us: at(0.99) };
}

async function churn(job: Job & { do: 'churn' }): Promise<void> {
  const bytes = new Uint8Array(64);
  let left = job.count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const client = await connect(job);
      await client.echo(bytes);
      client.close();
      await client.ended;
    }
  };
  await Promise.all(Array.from({ length: job.parallel }, worker));
}

async function hold(job: { port: number; secret: string | null; clients: number }): Promise<void> {
  while (held.length < job.clients) {
    const missing = Math.min(CONNECTING_AT_ONCE, job.clients - held.length);
    const clients = await Promise.all(Array.from({ length: missing }, () => connect(job)));
    await Promise.all(clients.map((client) => client.echo(new Uint8Array(64))));
    held.push(...clients);
  }
}
