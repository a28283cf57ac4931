import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Answer, Job } from './load.ts';
import { type ModeName, SCENARIOS, type Scenario, SECRETS } from './scenarios.ts';
import {
  cpuSeconds,
  endAll,
  linesOf,
  memoryMb,
  mostSessions,
  spawnPinned,
  startFloor,
  startPetrel,
  type Target,
} from './target.ts';

/**
 * `npm run bench`: measures Petrel against the floor (bench/floor.ts), both on one core in turns, load and data centre on the
 * other. Quoted are medians of CPU seconds over the repeats, and the ratio of each pair.
 */
const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '5' },
    modes: { type: 'string', default: 'classic,dd,ee' },
    only: { type: 'string' },
    limits: { type: 'string', default: '' }, // lines for the proxy's [limits], as 'to_telegram_buffer = "256KB"'
    'no-memory': { type: 'boolean', default: false },
    sessions: { type: 'string', default: '10000' },
    stalled: { type: 'string', default: '500' },
    json: { type: 'string', default: join(import.meta.dir, 'results/latest.json') },
  },
});

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly floor: number;
  readonly petrel: number;
  readonly ratio: number;
}

process.on('exit', endAll);
const load = spawnPinned('load', ['bench/load.ts']);
const answers = linesOf(load.stdout);
const { dcPort } = JSON.parse((await answers.next()).value ?? '{}') as { dcPort: number };

const rows = await measureCpu();
const memory = values['no-memory'] ? [] : await measureMemory();
print();
mkdirSync(join(import.meta.dir, 'results'), { recursive: true });
writeFileSync(values.json, `${JSON.stringify({ cpu: cpus()[0]?.model, bun: Bun.version, rows, memory }, null, 2)}\n`);
load.stdin.end();
await load.exited;

async function ask(job: Job): Promise<Exclude<Answer, { failed: string }>> {
  load.stdin.write(`${JSON.stringify(job)}\n`);
  load.stdin.flush();
  const answer = JSON.parse((await answers.next()).value ?? '{"failed":"the load process ended"}') as Answer;
  if ('failed' in answer) throw new Error(`${job.do}: ${answer.failed}`);
  return answer;
}

async function measureCpu(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const mode of values.modes.split(',') as ModeName[]) {
    for (const fastMode of [true, false]) {
      for (const scenario of SCENARIOS) {
        const name = `${scenario.name}, ${mode}${fastMode ? '' : ', without fast mode'}`;
        if (values.only !== undefined && !name.includes(values.only)) continue;
        rows.push(await measurePairs(name, scenario, mode, fastMode));
      }
    }
  }
  return rows;
}

/** Both programs stay up during a scenario and take turns, so that a drift of the machine meets both. */
async function measurePairs(name: string, scenario: Scenario, mode: ModeName, fastMode: boolean): Promise<Row> {
  const floor = await startFloor(dcPort);
  const petrel = await startPetrel(dcPort, { fastMode, limits: values.limits });
  const floorCosts: number[] = [];
  const petrelCosts: number[] = [];
  for (let turn = 0; turn <= Number(values.repeats); turn += 1) {
    const floorCost = await cost(floor, scenario.job(floor.port, null), scenario.per);
    const petrelCost = await cost(petrel, scenario.job(petrel.port, SECRETS[mode]), scenario.per);
    if (turn === 0) continue; // warm-up
    floorCosts.push(floorCost);
    petrelCosts.push(petrelCost);
  }
  await floor.stop();
  await petrel.stop();
  const ratios = petrelCosts.map((cost, index) => cost / (floorCosts[index] ?? Number.NaN));
  const row = {
    name,
    unit: scenario.unit,
    floor: median(floorCosts),
    petrel: median(petrelCosts),
    ratio: median(ratios),
  };
  console.error(`${row.name}: ${row.ratio.toFixed(2)}`);
  return row;
}

async function cost(target: Target, job: Job, per: number): Promise<number> {
  const before = cpuSeconds(target.pid);
  await ask(job);
  return (cpuSeconds(target.pid) - before) / per;
}

async function measureMemory(): Promise<{ name: string; rssMb: number; anonymousMb: number }[]> {
  const results: { name: string; rssMb: number; anonymousMb: number }[] = [];
  const secret = SECRETS.ee;
  const note = async (name: string, job: (port: number) => Job | null, settleMs: number) => {
    const petrel = await startPetrel(dcPort, { fastMode: true, limits: values.limits });
    const wanted = job(petrel.port);
    if (wanted !== null) await ask(wanted);
    await Bun.sleep(settleMs);
    const { rss, anonymous } = memoryMb(petrel.pid);
    results.push({ name, rssMb: rss, anonymousMb: anonymous });
    console.error(`${name}: ${rss.toFixed(1)} MB`);
    await ask({ do: 'release' });
    await petrel.stop();
  };
  const sessions = Math.min(Number(values.sessions), mostSessions());
  const stalled = Number(values.stalled);
  await note('idle process', () => null, 6_000);
  await note(`${sessions} idle ee sessions`, (port) => ({ do: 'hold', port, secret, clients: sessions }), 3_000);
  await note(`${stalled} stalled readers, ee`, (port) => ({ do: 'stall', port, secret, clients: stalled }), 1_000);
  return results;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(): void {
  const width = Math.max(...rows.map(({ name }) => name.length), 20);
  console.log(`${'CPU'.padEnd(width)}  ${'floor'.padStart(9)}  ${'Petrel'.padStart(9)}  ratio`);
  for (const { name, unit, floor, petrel, ratio } of rows) {
    const digits = unit === 'us' ? 1 : 3;
    console.log(
      `${name.padEnd(width)}  ${floor.toFixed(digits).padStart(9)}  ${petrel.toFixed(digits).padStart(9)}  ${ratio.toFixed(2).padStart(5)}  ${unit}`,
    );
  }
  for (const { name, rssMb, anonymousMb } of memory) {
    console.log(`${name.padEnd(width)}  ${rssMb.toFixed(1)} MB resident, ${anonymousMb.toFixed(1)} MB of it anonymous`);
  }
}
