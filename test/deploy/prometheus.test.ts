import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CPU_LINE_SHARE,
  DESCRIPTOR_LINE_SHARE,
  MEMORY_LINE_BYTES,
  MEMORY_LINE_SHARE,
  SWAP_LINE_BYTES,
} from '../../src/admin/warning-signs.ts';
import { freePort } from '../support/free-port.ts';
import { TestProxy } from '../support/proxy.ts';
import { dashboard, PROMETHEUS_FOLDER, queriesOf } from './monitoring.ts';

/** Debian: apt-get install prometheus. Without it these tests are skipped. */
const PROMTOOL = Bun.which('promtool');
const testWithPromtool = test.skipIf(PROMTOOL === null);

async function promtool(args: readonly string[], input = ''): Promise<{ code: number; said: string }> {
  const child = Bun.spawn([PROMTOOL ?? '', ...args], {
    cwd: PROMETHEUS_FOLDER,
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const said = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, said: said.join('') };
}

testWithPromtool.each(['check rules alerts.yml', 'check config prometheus.yml', 'test rules alerts.test.yml'])(
  'promtool %s',
  async (command) => {
    const { code, said } = await promtool(command.split(' '));
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('SUCCESS') });
  },
);

testWithPromtool('promtool check metrics finds nothing in a real scrape', async () => {
  const port = freePort();
  await using _proxy = new TestProxy({ toml: `[metrics]\nenabled = true\nlisten = "127.0.0.1:${port}"` });
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
  const { code } = await promtool(['check', 'metrics'], text.replaceAll('petrel_users ', 'petrelUsers '));
  expect(code).not.toBe(0);
});

testWithPromtool('the queries of the dashboard are PromQL', async () => {
  const queries = queriesOf(await dashboard()).map((query) =>
    query.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m').replaceAll('$__range', '6h'),
  );
  const rules = queries.map((expr, index) => ({ record: `panel:${index}`, expr }));
  const { code, said } = await withFile('rules.json', { groups: [{ name: 'panels', rules }] }, (file) =>
    promtool(['check', 'rules', file]),
  );
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining(`${queries.length} rules found`) });
});

/** Each line from below and from above; figures are series a minute apart, for as long as the rules wait. */
const LIMIT_BYTES = 1.5 * 1024 ** 3;
const SMALL_LIMIT_BYTES = 512 * 1024 ** 2;
const DESCRIPTORS = 1_000;
const memory = (limitBytes: number) => (bytes: number) => ({
  petrel_memory_used_bytes: `${bytes}x20`,
  petrel_memory_limit_bytes: `${limitBytes}x20`,
});

testWithPromtool.each<[string, string, number, (figure: number) => Record<string, string>]>([
  ['1.4 GB of memory', 'PetrelMemory', MEMORY_LINE_BYTES, memory(LIMIT_BYTES)],
  ['1.4 GB of more memory', 'PetrelMemory', MEMORY_LINE_BYTES, memory(4 * LIMIT_BYTES)],
  ['93 % of less memory', 'PetrelMemory', SMALL_LIMIT_BYTES * MEMORY_LINE_SHARE, memory(SMALL_LIMIT_BYTES)],
  [
    '80 % of the CPU allotment',
    'PetrelCpu',
    CPU_LINE_SHARE,
    (share) => ({ petrel_cpu_seconds_total: `0+${share * 0.5 * 60}x20`, petrel_cpu_allotment_cores: '0.5x20' }),
  ],
  ['100 MB of swap', 'PetrelSwap', SWAP_LINE_BYTES, (bytes) => ({ petrel_swap_used_bytes: `${bytes}x20` })],
  [
    '80 % of the descriptors',
    'PetrelDescriptors',
    DESCRIPTOR_LINE_SHARE * DESCRIPTORS,
    (count) => ({ petrel_descriptors_open: `${count}x20`, petrel_descriptors_limit: `${DESCRIPTORS}x20` }),
  ],
])("the alert's line is the sign's: %s", async (_, alert, line, series) => {
  expect(await isRaised(alert, series(line * 0.999))).toBe(false);
  expect(await isRaised(alert, series(line * 1.001))).toBe(true);
});

/** Whether an alert fires a quarter of an hour later. */
async function isRaised(alert: string, series: Readonly<Record<string, string>>): Promise<boolean> {
  const suite = {
    rule_files: [join(PROMETHEUS_FOLDER, 'alerts.yml')],
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
            eval_time: '15m',
            exp_samples: [{ labels: '{}', value: 1 }],
          },
        ],
      },
    ],
  };
  const { code, said } = await withFile('suite.json', suite, (file) => promtool(['test', 'rules', file]));
  if (code !== 0 && !said.includes('got:')) throw new Error(said); // not an answer, but a fault
  return code === 0;
}

/** JSON is YAML too. */
async function withFile<T>(name: string, content: unknown, use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-promtool-'));
  try {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(content));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
