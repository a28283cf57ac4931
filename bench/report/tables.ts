import type { ContainerReport } from '../measure/container.ts';
import type { CpuRow } from '../measure/cpu.ts';
import type { LatencyRow } from '../measure/latency.ts';
import type { MemoryRow } from '../measure/memory.ts';
import type { OtherRow } from '../measure/other.ts';

export function cpuTable(rows: readonly CpuRow[]): string {
  const cells = rows.map(({ name, unit, floor, petrel, ratio, goal }) => [
    name,
    cost(floor, unit),
    cost(petrel, unit),
    ratio.toFixed(2),
    goal === null ? '' : String(goal),
  ]);
  return table(['CPU', 'floor', 'Petrel', 'ratio', 'goal'], cells);
}

export function latencyTable(rows: readonly LatencyRow[]): string {
  const cells = rows.map(({ name, floor, petrel, petrelCpu }) => [
    name,
    `${ms(floor.p50)} / ${ms(floor.p99)}`,
    `${ms(petrel.p50)} / ${ms(petrel.p99)}`,
    `${ms(petrel.p50 - floor.p50)} / ${ms(petrel.p99 - floor.p99)}`,
    `${Math.round(petrelCpu * 100)} %`,
  ]);
  return table(['round trip, ms, p50 / p99', 'floor', 'Petrel', 'added', 'CPU'], cells);
}

export function memoryTable(rows: readonly MemoryRow[]): string {
  const cells = rows.map(({ name, rssMb, anonymousMb, goalMb }) => [
    name,
    rssMb.toFixed(1),
    anonymousMb.toFixed(1),
    String(goalMb),
  ]);
  return table(['resident memory, MB', 'all', 'anonymous', 'goal'], cells);
}

export function otherTable(rows: readonly OtherRow[]): string {
  const cells = rows.map(({ name, unit, cpu, seconds }) => [name, cost(cpu, unit), `${seconds.toFixed(2)} s`]);
  return table(['the other proxy', 'CPU', 'took'], cells);
}

export function containerTable(report: ContainerReport): string {
  return table(
    ['0.8 CPU, 1.5 GB', 'measured', 'goal'],
    [
      ['ee sessions held', String(report.sessionsHeld), '10,000'],
      ['download', `${Math.round(report.downloadMbitPerSecond)} Mbit/s`, '1000'],
      ['p99 at half of a gigabit: floor', `${ms(report.p99.floor)} ms`, ''],
      ['p99 at half of a gigabit: Petrel', `${ms(report.p99.petrel)} ms`, ''],
      ['p99 added', `${ms(report.p99.petrel - report.p99.floor)} ms`, 'below 5'],
      ['CPU at half of a gigabit', `${Math.round(report.cpuAtHalfLoad * 100)} %`, ''],
      ['resident memory after the load', `${report.rssMb.toFixed(0)} MB`, 'below 200'],
      ['resident memory later', `${report.settledRssMb.toFixed(0)} MB`, 'below 200'],
      ['most memory of the group', `${report.groupPeakMb.toFixed(0)} MB`, 'below 1536'],
      ['killed for memory', String(report.oomKills), '0'],
    ],
  );
}

function cost(value: number, unit: string): string {
  if (Number.isNaN(value)) return '-';
  return `${value.toFixed(unit === 'us' ? 1 : 3)} ${unit}`;
}

function ms(us: number): string {
  return (us / 1_000).toFixed(2);
}

/** Columns in the width of their widest cell, the first to the left. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [line(head), ...rows.map(line)].join('\n');
}
