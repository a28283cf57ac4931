import { expect, test } from 'bun:test';

const MB = 2 ** 20;

test('the collector counts it, the system does not', () => {
  const script = `
    import { heapStats, memoryUsage } from 'bun:jsc';
    import { addBallast } from '${import.meta.dir}/ballast.ts';
    Bun.gc(true);
    const before = [heapStats().extraMemorySize, memoryUsage().current];
    addBallast();
    addBallast(); // once is enough
    Bun.gc(true);
    const after = [heapStats().extraMemorySize, memoryUsage().current];
    console.log(JSON.stringify(after.map((bytes, i) => bytes - before[i])));
  `;
  const { stdout } = Bun.spawnSync([process.execPath, '-e', script]);
  const [counted = 0, resident = 0] = JSON.parse(stdout.toString()) as number[];
  expect(Math.round(counted / MB)).toBe(8);
  expect(resident / MB).toBeLessThan(4);
});
