import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CpuRow } from '../measure/cpu.ts';
import type { MemoryRow } from '../measure/memory.ts';
import { barsSvg } from './bars.ts';

const GOAL = 'goal: at most this';
const MEASURED = 'Petrel, measured';

/** Draws the figures for docs/benchmarking.md. */
export function writePlots(folder: string, cpu: readonly CpuRow[], memory: readonly MemoryRow[]): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, svg: string) => writeFileSync(join(folder, name), svg);
  if (cpu.length > 0) {
    const bars = cpu.map(({ name, ratio, goal }) => ({ label: name, value: ratio, text: ratio.toFixed(2), goal }));
    const reference = { value: 1, label: 'a bare copy relay' };
    write(
      'cpu.svg',
      barsSvg('CPU for the same work: a bare copy relay is 1', { bar: MEASURED, goal: GOAL, reference }, bars),
    );
  }
  if (memory.length > 0) {
    const bars = memory.map(({ name, rssMb, goalMb }) => ({
      label: name,
      value: rssMb,
      text: `${rssMb.toFixed(0)} MB`,
      goal: goalMb,
    }));
    write('memory.svg', barsSvg('Resident memory', { bar: MEASURED, goal: GOAL }, bars));
  }
}
