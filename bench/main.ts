import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { LoadProcess } from './load-process.ts';
import { measureContainer } from './measure/container.ts';
import { measureCpu } from './measure/cpu.ts';
import { measureLatency } from './measure/latency.ts';
import { measureMemory } from './measure/memory.ts';
import { measureOther } from './measure/other.ts';
import { readOptions } from './options.ts';
import { endAll } from './programs.ts';
import { writePlots } from './report/plots.ts';
import { containerTable, cpuTable, latencyTable, memoryTable, otherTable } from './report/tables.ts';

/**
 * `npm run bench`: measures Petrel against the floor (bench/floor.ts), both on one core in turns, clients and data centre on the
 * other. Quoted are medians of CPU seconds over the repeats, and the ratio of each pair.
 */
const options = readOptions(process.argv.slice(2));
process.on('exit', endAll);
const load = await LoadProcess.start({ dcPort: options.dcPort });
if (options.other !== null) {
  console.error(`the simulated data centre is 127.0.0.1:${load.dcPort}`);
  const rows = await measureOther(options.other, load, options);
  finish([otherTable(rows)], { other: rows });
} else if (options.inContainer) {
  const container = await measureContainer(load, options);
  finish([containerTable(container)], { container });
} else {
  const { parts } = options;
  const cpu = parts.cpu ? await measureCpu(load, options) : [];
  const latency = parts.latency ? await measureLatency(load, options) : [];
  const memory = parts.memory ? await measureMemory(load, options) : [];
  if (options.plots !== null) writePlots(options.plots, cpu, memory);
  const tables = [
    ...(cpu.length > 0 ? [cpuTable(cpu)] : []),
    ...(latency.length > 0 ? [latencyTable(latency)] : []),
    ...(memory.length > 0 ? [memoryTable(memory)] : []),
  ];
  finish(tables, { cpu, latency, memory });
}
await load.end();

function finish(tables: readonly string[], figures: object): void {
  console.log(tables.join('\n\n'));
  mkdirSync(dirname(options.json), { recursive: true });
  const about = { cpu: cpus()[0]?.model, bun: Bun.version, repeats: options.repeats };
  writeFileSync(options.json, `${JSON.stringify({ about, ...figures }, null, 2)}\n`);
}
