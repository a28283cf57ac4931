import type { LoadProcess } from '../load-process.ts';
import type { Options, OtherTarget } from '../options.ts';
import { PHONES_SCENARIO, SCENARIOS, type Scenario } from '../scenarios.ts';
import { memoryMb, type Target } from '../target.ts';
import { cost } from './cpu.ts';
import { median } from './median.ts';

/** Another proxy under one load. */
export interface OtherRow {
  readonly name: string;
  readonly unit: Scenario['unit'];
  /** CPU; NaN without --pid. */
  readonly cpu: number;
  /** Seconds that the load took. */
  readonly seconds: number;
}

/** Drives a proxy that runs already with the load of the CPU part. */
export async function measureOther(other: OtherTarget, load: LoadProcess, options: Options): Promise<OtherRow[]> {
  const target: Target = { ...other, stop: async () => {} };
  const rows: OtherRow[] = [];
  for (const scenario of [...SCENARIOS, PHONES_SCENARIO]) {
    if (!scenario.name.includes(options.only ?? '')) continue;
    const turns: { cpu: number; seconds: number }[] = [];
    for (let turn = 0; turn <= options.repeats; turn += 1) {
      const start = performance.now();
      const cpu = await cost(target, scenario, other.secret, load);
      if (turn > 0) turns.push({ cpu, seconds: (performance.now() - start) / 1_000 });
    }
    const row = {
      name: scenario.name,
      unit: scenario.unit,
      cpu: median(turns.map(({ cpu }) => cpu)),
      seconds: median(turns.map(({ seconds }) => seconds)),
    };
    rows.push(row);
    console.error(`${row.name}: ${row.seconds.toFixed(2)} s`);
  }
  if (other.pid !== null) console.error(`resident now: ${memoryMb(other.pid).rss.toFixed(1)} MB`);
  return rows;
}
