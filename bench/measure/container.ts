import { Cgroup } from '../cgroup.ts';
import { LoadProcess } from '../load-process.ts';
import type { Options } from '../options.ts';
import { mostSessions } from '../programs.ts';
import { SECRETS } from '../secrets.ts';
import { cpuSeconds, familyOf, memoryMb, startFloor, startPetrel, type Target } from '../target.ts';
import { median } from './median.ts';
import { SESSIONS_SETTLE_MS } from './memory.ts';

/** Petrel inside the limits of the guide's container. */
export interface ContainerReport {
  readonly sessionsHeld: number;
  readonly downloadMbitPerSecond: number;
  /** Round trips beside half a gigabit of downloads, with all sessions held; microseconds. */
  readonly p99: { readonly floor: number; readonly petrel: number };
  readonly cpuAtHalfLoad: number;
  /** Right after the load, and when what only the load needed was given back. */
  readonly rssMb: number;
  readonly settledRssMb: number;
  readonly groupPeakMb: number;
  readonly throttledPeriods: number;
  readonly oomKills: number;
}

const WORKERS_START_MS = 2_000;
const LIMITS = { cpus: 0.8, memoryBytes: 1.5 * 1024 ** 3 };
const TRANSFER_CLIENTS = 8;
const TRANSFER_BYTES = 500e6;
const HALF_LOAD = { clients: 64, perSecond: 1_000, seconds: 10, bytes: 200, bulkBytesPerSecond: 500e6 / 8 };
const HALF_LOAD_TURNS = 5;
const SPARE_SESSIONS = 150; // what moves bytes beside those that are held, and connections opened ahead

/** @throws when a session was dropped, a byte came changed, or control groups can't be made */
export async function measureContainer(load: LoadProcess, options: Options): Promise<ContainerReport> {
  const floor = await startFloor(load.dcPort);
  const petrel = await startPetrel(load.dcPort, { workers: options.workers, limits: options.limits });
  const group = new Cgroup('petrel-bench', LIMITS);
  await Bun.sleep(WORKERS_START_MS);
  for (const pid of familyOf(petrel.pid ?? 0)) group.add(pid);
  const clients = await LoadProcess.start({ dcPort: null });
  const sessions = Math.min(options.sessions, options.workers * (mostSessions() - SPARE_SESSIONS));
  const { held = 0 } = await clients.ask({ do: 'hold', ...whereOf(petrel), clients: sessions });
  console.error(`${held} sessions held`);

  const { seconds, bytes = 0 } = await load.ask({
    do: 'download',
    ...whereOf(petrel),
    clients: TRANSFER_CLIENTS,
    bytes: TRANSFER_BYTES,
  });
  const halfLoad = await atHalfLoad(load, floor, petrel);
  const { held: heldAtEnd = 0 } = await clients.ask({ do: 'check-held' });
  if (heldAtEnd !== sessions) throw new Error(`${sessions - heldAtEnd} of ${sessions} sessions were dropped`);

  const { rss: rssMb } = memoryMb(petrel.pid ?? 0);
  await Bun.sleep(SESSIONS_SETTLE_MS);
  const report = {
    sessionsHeld: heldAtEnd,
    downloadMbitPerSecond: (bytes * 8) / 1e6 / seconds,
    ...halfLoad,
    rssMb,
    settledRssMb: memoryMb(petrel.pid ?? 0).rss,
    groupPeakMb: group.peakBytes / 1024 ** 2,
    throttledPeriods: group.throttledPeriods,
    oomKills: group.oomKills,
  };
  await clients.end();
  await petrel.stop();
  await floor.stop();
  await group.remove();
  return report;
}

/** Medians of turns: a shared machine stands still for some milliseconds now and then, which one p99 shows and another doesn't. */
async function atHalfLoad(load: LoadProcess, floor: Target, petrel: Target) {
  const turns = { floor: [] as number[], petrel: [] as number[], cpu: [] as number[] };
  for (let turn = 0; turn < HALF_LOAD_TURNS; turn += 1) {
    const ofFloor = await load.ask({ do: 'paced', ...whereOf(floor), secret: null, ...HALF_LOAD });
    const cpuBefore = cpuSeconds(petrel.pid ?? 0);
    const ofPetrel = await load.ask({ do: 'paced', ...whereOf(petrel), ...HALF_LOAD });
    turns.floor.push(ofFloor.p99us ?? Number.NaN);
    turns.petrel.push(ofPetrel.p99us ?? Number.NaN);
    turns.cpu.push((cpuSeconds(petrel.pid ?? 0) - cpuBefore) / HALF_LOAD.seconds);
  }
  return { p99: { floor: median(turns.floor), petrel: median(turns.petrel) }, cpuAtHalfLoad: median(turns.cpu) };
}

function whereOf({ host, port }: Target) {
  return { host, port, secret: SECRETS.ee };
}
