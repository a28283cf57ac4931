import { LoadProcess } from '../load-process.ts';
import type { Options } from '../options.ts';
import { mostSessions } from '../programs.ts';
import { SECRETS } from '../secrets.ts';
import { memoryMb, startPetrel } from '../target.ts';

export interface MemoryRow {
  readonly name: string;
  readonly rssMb: number;
  readonly anonymousMb: number;
  readonly goalMb: number;
}

/** The start's pages are given back by then. */
const START_SETTLES_MS = 6_000;
/** What connecting alone needed is given back by then (src/cli/after-start.ts): this is how sessions stand, not how they come. */
export const SESSIONS_SETTLE_MS = 14_000;

/** Resident memory of fresh processes: idle, with idle sessions, with readers that read nothing. */
export async function measureMemory(load: LoadProcess, options: Options): Promise<MemoryRow[]> {
  const sessions = Math.min(options.sessions, mostSessions());
  const { stalled } = options;
  return [
    await note('idle process', 45, null),
    await note(`${sessions} idle ee sessions`, 100, { do: 'hold', clients: sessions }),
    await note(`${stalled} stalled readers, ee`, 100, { do: 'stall', clients: stalled }),
  ];

  async function note(name: string, goalMb: number, job: { do: 'hold' | 'stall'; clients: number } | null) {
    const petrel = await startPetrel(load.dcPort, { limits: options.limits });
    const clients = await LoadProcess.start({ dcPort: null }); // the data centre has its own descriptors
    if (job !== null) await clients.ask({ ...job, host: petrel.host, port: petrel.port, secret: SECRETS.ee });
    await Bun.sleep(job === null ? START_SETTLES_MS : SESSIONS_SETTLE_MS);
    const { rss, anonymous } = memoryMb(petrel.pid ?? 0);
    console.error(`${name}: ${rss.toFixed(1)} MB`);
    if (job?.do === 'hold') await clients.ask({ do: 'check-held' });
    await clients.end();
    await petrel.stop();
    return { name, rssMb: rss, anonymousMb: anonymous, goalMb };
  }
}
