import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { secretOf } from './proxy.ts';

/** The process behind `StalledCrowd`: takes a job a line, answers with a line. */
export type CrowdJob = { do: 'stall'; port: number; clients: number } | { do: 'leave' };
/** Clients that got their session, and that did not. */
export interface CrowdAnswer {
  readonly stalled: number;
  readonly refused: number;
}

const UNENDING_BYTES = 2 ** 40;
const CONNECTING_AT_ONCE = 50;
/** What a data centre's connection holds unsent is the kernel's, and this machine's kernel has other things to hold. */
const SEND_BUFFER_BYTES = 16 * 1024;

const crowd: SimulatedClient[] = [];

const dc = SimulatedDataCenter.start({ sendBufferBytes: SEND_BUFFER_BYTES });
console.log(JSON.stringify({ dcPort: dc.port }));
for await (const line of console) {
  if (line === '') break; // the input ends
  console.log(JSON.stringify(await answer(JSON.parse(line) as CrowdJob)));
}
process.exit(0);

async function answer(job: CrowdJob): Promise<CrowdAnswer> {
  if (job.do === 'leave') {
    for (const client of crowd.splice(0)) client.reset();
    return { stalled: 0, refused: 0 };
  }
  let left = job.clients;
  let refused = 0;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      if (!(await stall(job.port))) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, worker));
  return { stalled: job.clients - refused, refused };
}

async function stall(port: number): Promise<boolean> {
  try {
    const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret: secretOf('ee') });
    await client.echo(new Uint8Array(64));
    client.pauseReading();
    client.download(UNENDING_BYTES).catch(() => {}); // until it is closed for want of memory, or leaves
    crowd.push(client);
    return true;
  } catch {
    return false;
  }
}
