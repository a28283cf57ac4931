import { parseArgs } from 'node:util';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { churn, roundTrips, transfer } from './closed-loops.ts';
import { Held } from './held.ts';
import type { Answer, Done, Job } from './job.ts';
import { paced } from './open-loop.ts';
import { phones } from './phones.ts';

/**
 * The load process: clients, and unless it is told otherwise the data centre, on a core of their own. Reads one JSON job a line
 * from its standard input and answers with one JSON line each; the first line tells the data centre's port.
 */
const { values } = parseArgs({
  options: { 'dc-port': { type: 'string', default: '0' }, 'no-dc': { type: 'boolean', default: false } },
});
const held = new Held();
say({ dcPort: values['no-dc'] ? 0 : SimulatedDataCenter.start({ port: Number(values['dc-port']) }).port });

for await (const line of console) {
  if (line === '') break; // the input ends
  const job = JSON.parse(line) as Job;
  const start = performance.now();
  try {
    const part = await run(job);
    say({ seconds: (performance.now() - start) / 1_000, ...part } satisfies Answer);
  } catch (error) {
    say({ failed: String(error) } satisfies Answer);
  }
}
process.exit(0);

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function run(job: Job): Promise<Omit<Done, 'seconds'>> {
  switch (job.do) {
    case 'download':
    case 'upload':
      return transfer(job);
    case 'round-trips':
      return roundTrips(job);
    case 'paced':
      return paced(job);
    case 'churn':
      return churn(job);
    case 'phones':
      return phones(job);
    case 'hold':
      return held.hold(job, job.clients);
    case 'stall':
      return held.stall(job, job.clients);
    case 'check-held':
      return held.check();
    case 'release':
      return held.release();
  }
}
