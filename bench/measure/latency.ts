import type { LoadProcess } from '../load-process.ts';
import type { Options } from '../options.ts';
import { SECRETS } from '../secrets.ts';
import { cpuSeconds, startFloor, startPetrel, type Target } from '../target.ts';
import { median } from './median.ts';

/** Round-trip times at one pace, microseconds; medians of the turns. */
export interface LatencyRow {
  readonly name: string;
  readonly floor: { readonly p50: number; readonly p99: number };
  readonly petrel: { readonly p50: number; readonly p99: number };
  /** The part of one core that Petrel used. */
  readonly petrelCpu: number;
}

const BYTES = 200;
const CLIENTS = 64;
const SECONDS = 5;
const PACES: readonly { readonly perSecond: number; readonly bulkMbitPerSecond: number }[] = [
  { perSecond: 1_000, bulkMbitPerSecond: 0 },
  { perSecond: 1_000, bulkMbitPerSecond: 500 }, // half of a gigabit
];

/** What Petrel adds to a round trip when messages come at their own pace, alone and beside downloads. */
export async function measureLatency(load: LoadProcess, options: Options): Promise<LatencyRow[]> {
  const floor = await startFloor(load.dcPort);
  const petrel = await startPetrel(load.dcPort);
  const rows: LatencyRow[] = [];
  for (const pace of PACES) {
    const beside = pace.bulkMbitPerSecond === 0 ? 'alone' : `beside ${pace.bulkMbitPerSecond} Mbit/s of downloads`;
    const name = `${pace.perSecond} round trips a second, ${beside}`;
    if (!name.includes(options.only ?? '')) continue;
    const turns = [];
    for (let turn = 0; turn <= options.repeats; turn += 1) {
      const ofFloor = await times(floor, null, pace, load);
      const ofPetrel = await times(petrel, SECRETS.ee, pace, load);
      if (turn > 0) turns.push({ ofFloor, ofPetrel });
    }
    const row = {
      name,
      floor: middle(turns.map(({ ofFloor }) => ofFloor)),
      petrel: middle(turns.map(({ ofPetrel }) => ofPetrel)),
      petrelCpu: median(turns.map(({ ofPetrel }) => ofPetrel.cpu)),
    };
    rows.push(row);
    console.error(`${name}: p99 ${row.floor.p99} us through the floor, ${row.petrel.p99} us through Petrel`);
  }
  await floor.stop();
  await petrel.stop();
  return rows;
}

async function times(target: Target, secret: string | null, pace: (typeof PACES)[number], load: LoadProcess) {
  const { host, port, pid } = target;
  const before = pid === null ? Number.NaN : cpuSeconds(pid);
  const { p50us = Number.NaN, p99us = Number.NaN } = await load.ask({
    do: 'paced',
    ...{ host, port, secret, clients: CLIENTS, seconds: SECONDS, bytes: BYTES },
    perSecond: pace.perSecond,
    bulkBytesPerSecond: (pace.bulkMbitPerSecond * 1e6) / 8,
  });
  const cpu = pid === null ? Number.NaN : (cpuSeconds(pid) - before) / SECONDS;
  return { p50: p50us, p99: p99us, cpu };
}

function middle(turns: readonly { p50: number; p99: number }[]): { p50: number; p99: number } {
  return { p50: median(turns.map(({ p50 }) => p50)), p99: median(turns.map(({ p99 }) => p99)) };
}
