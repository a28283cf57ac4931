import type { LoadProcess } from '../load-process.ts';
import type { Options } from '../options.ts';
import { MANY_USERS, MANY_USERS_SCENARIO, PHONES_SCENARIO, SCENARIOS, type Scenario } from '../scenarios.ts';
import { type ModeName, SECRETS } from '../secrets.ts';
import { cpuSeconds, type PetrelOptions, startFloor, startPetrel, type Target } from '../target.ts';
import { median } from './median.ts';

/** CPU of Petrel and of the floor for the same load. */
export interface CpuRow {
  readonly name: string;
  readonly unit: Scenario['unit'];
  readonly floor: number;
  readonly petrel: number;
  /** Median of the ratios of pairs. */
  readonly ratio: number;
  readonly goal: number | null;
}

interface Line {
  readonly name: string;
  readonly scenario: Scenario;
  readonly mode: ModeName;
  readonly petrel: PetrelOptions;
  readonly goal: number | null;
}

export async function measureCpu(load: LoadProcess, options: Options): Promise<CpuRow[]> {
  const rows: CpuRow[] = [];
  const lines = linesFor(options.modes as ModeName[]).filter(({ name }) => name.includes(options.only ?? ''));
  for (const [index, line] of lines.entries()) {
    const row = await measureLine(line, load, options);
    rows.push(row);
    console.error(`${index + 1} of ${lines.length}  ${row.name}: ${row.ratio.toFixed(2)}`);
  }
  return rows;
}

function linesFor(modes: readonly ModeName[]): Line[] {
  const lines: Line[] = [];
  for (const mode of modes) {
    for (const fastMode of [true, false]) {
      for (const scenario of SCENARIOS) {
        const name = `${scenario.name}, ${mode}${fastMode ? '' : ', without fast mode'}`;
        const goal = mode === 'ee' && fastMode ? (scenario.goal ?? null) : null;
        lines.push({ name, scenario, mode, petrel: { fastMode }, goal });
      }
    }
  }
  if (!modes.includes('ee')) return lines;
  const many = { scenario: MANY_USERS_SCENARIO, mode: 'ee', petrel: { users: MANY_USERS }, goal: null } as const;
  const phones = { scenario: PHONES_SCENARIO, mode: 'ee', petrel: {}, goal: null } as const;
  return [...lines, { name: `${many.scenario.name}, ee`, ...many }, { name: `${phones.scenario.name}, ee`, ...phones }];
}

/** Both programs stay up during a line and take turns, so that a drift of the machine meets both. */
async function measureLine({ name, scenario, mode, petrel: setup, goal }: Line, load: LoadProcess, options: Options) {
  const floor = await startFloor(load.dcPort);
  const petrel = await startPetrel(load.dcPort, { ...setup, limits: options.limits });
  const floorCosts: number[] = [];
  const petrelCosts: number[] = [];
  for (let turn = 0; turn <= options.repeats; turn += 1) {
    const floorCost = await cost(floor, scenario, null, load);
    const petrelCost = await cost(petrel, scenario, SECRETS[mode], load);
    if (turn === 0) continue; // warm-up
    floorCosts.push(floorCost);
    petrelCosts.push(petrelCost);
  }
  await floor.stop();
  await petrel.stop();
  const ratio = median(petrelCosts.map((cost, index) => cost / (floorCosts[index] ?? Number.NaN)));
  return { name, unit: scenario.unit, floor: median(floorCosts), petrel: median(petrelCosts), ratio, goal };
}

/** CPU of one turn, per the scenario's unit; NaN where the target's CPU can't be read. */
export async function cost(
  target: Target,
  scenario: Scenario,
  secret: string | null,
  load: LoadProcess,
): Promise<number> {
  const { host, port, pid } = target;
  const before = pid === null ? Number.NaN : cpuSeconds(pid);
  await load.ask(scenario.job({ host, port, secret }));
  return pid === null ? Number.NaN : (cpuSeconds(pid) - before) / scenario.per;
}
