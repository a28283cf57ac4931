import { afterAll, beforeAll, expect, test } from 'bun:test';
import { TlsSite } from '../../test/support/origin-site.ts';
import { PetrelFolder, PetrelProcess } from '../../test/support/petrel-process.ts';
import { CLOSED_PORT, DOMAIN, USER_KEY } from '../../test/support/proxy.ts';
import { ConfigError } from '../config/problem.ts';
import { SimulatedDataCenter } from '../demo/telegram/data-center.ts';
import { MachineFolder } from '../doctor/machine/system-files-fixture.ts';
import type { Report } from '../doctor/report.ts';
import { doctor, type Surroundings } from './doctor.ts';
import { TestTerminal } from './test-terminal.ts';

/** The whole must be over by then, whatever does not answer. */
const LIMIT_MS = 15_000;
const USER = `[users.anna]\nsecret = "${USER_KEY}"`;

const dc = SimulatedDataCenter.start();
const site = new TlsSite(DOMAIN);
const machine = new MachineFolder();
const folders: PetrelFolder[] = [];
let proxy: PetrelProcess;

function folder(options: Parameters<PetrelFolder['configure']>[0]): PetrelFolder {
  const made = new PetrelFolder();
  folders.push(made);
  made.configure(options);
  return made;
}

const good = folder({ dcPort: dc.port, sitePort: site.port, toml: USER });
const offline = folder({ toml: USER });

beforeAll(async () => {
  proxy = await PetrelProcess.serving(good);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const made of folders) made[Symbol.dispose]();
  machine[Symbol.dispose]();
  site[Symbol.dispose]();
  dc.stop();
});

const AROUND: Partial<Surroundings> = { files: machine.files, resolve: async () => ['127.0.0.1'] };
const ENV = { PETREL_PUBLIC_HOST: '127.0.0.1' };

async function examine(cwd: string, { json = true, hasColour = false, columns = 80, around = AROUND } = {}) {
  const terminal = new TestTerminal({ cwd, hasColour, columns }, ENV);
  const startedAtMs = performance.now();
  const code = await doctor({ domain: undefined, site: undefined, json, flags: {} }, terminal, around);
  expect(terminal.written).not.toContain(USER_KEY);
  return { code, text: terminal.written, tookMs: performance.now() - startedAtMs };
}

async function report(cwd: string, around = AROUND) {
  const { code, text, tookMs } = await examine(cwd, { around });
  const found = JSON.parse(text) as Report;
  const findings = found.groups.flatMap((group) => group.findings);
  const failures = findings.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check);
  return { code, report: found, failures, findings, tookMs };
}

test.concurrent('a good world: nothing fails, exit 0', async () => {
  const { code, failures, report: found, findings } = await report(good.path);
  expect([code, failures, found.failed]).toEqual([0, [], 0]);
  expect(found.groups.map(({ title }) => title)).toEqual([
    'Machine',
    'Network',
    'Telegram',
    `Fronted site ${DOMAIN}`,
    'Petrel',
  ]);
  // The certificate of the test's site is its own issuer.
  expect(findings.filter(({ verdict }) => verdict === 'warning').map(({ check }) => check)).toEqual(['certificate']);
  expect(found.warnings).toBe(1);
  expect(findings.map(({ check }) => check)).toContain('as a client');
});

test.concurrent(
  'offline: each check fails on its own with its reason, exit 1, in bounded time',
  async () => {
    const nobody = { ...AROUND, resolve: () => Promise.reject(new Error('no name server answers')) };
    const { code, failures, findings, report: found, tookMs } = await report(offline.path, nobody);
    expect(code).toBe(1);
    const dcs = [1, 2, 3, 4, 5, 203].map((id) => `DC ${id}`);
    expect(failures).toEqual([...dcs, 'tls', 'certificate']);
    expect(found.failed).toBe(failures.length);
    for (const { seen, verdict, advice } of findings) {
      expect(seen).not.toBe('');
      if (verdict !== 'ok') expect(advice).not.toBeNull();
    }
    expect(findings.find(({ check }) => check === 'clock')?.verdict).toBe('warning');
    expect(findings.find(({ check }) => check === 'name')?.seen).toContain('no name server answers');
    expect(tookMs).toBeLessThan(LIMIT_MS);
  },
  LIMIT_MS * 2,
);

test.concurrent(
  'name servers that never answer hold nothing up',
  async () => {
    const { code, findings, tookMs } = await report(offline.path, { ...AROUND, resolve: () => new Promise(() => {}) });
    expect(code).toBe(1);
    expect(findings.find(({ check }) => check === 'name')?.seen).toContain('no answer in time');
    expect(tookMs).toBeLessThan(LIMIT_MS);
  },
  LIMIT_MS * 2,
);

test.concurrent('the text fits 80 columns, says each advice once in a row and ends with the sum', async () => {
  const [plain, coloured] = await Promise.all([
    examine(offline.path, { json: false }),
    examine(offline.path, { json: false, hasColour: true }),
  ]);
  const lines = plain.text.trimEnd().split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(lines.at(-1)).toBe('8 checks failed, 2 warnings.');
  expect(lines).toContain('Telegram');
  expect(plain.text.match(/-> let outgoing TCP pass the firewall/g)).toHaveLength(1);
  expect(plain.text).not.toContain('\x1b');
  expect(coloured.text).toContain('\x1b[31mFAILED \x1b[0m');
  expect(Bun.stripANSI(coloured.text)).toBe(plain.text);
});

test("a refused configuration is the command's refusal: nothing is examined", async () => {
  const bad = folder({ top: `port = "http"` });
  const terminal = new TestTerminal({ cwd: bad.path });
  const refusal = await doctor({ domain: undefined, site: undefined, json: false, flags: {} }, terminal, AROUND).catch(
    (e) => e,
  );
  expect(refusal).toBeInstanceOf(ConfigError);
  expect(terminal.written).toBe('');
});

test('flags count: another port is examined', async () => {
  const terminal = new TestTerminal({ cwd: offline.path }, ENV);
  await doctor(
    { domain: undefined, site: undefined, json: true, flags: { port: String(CLOSED_PORT) } },
    terminal,
    AROUND,
  );
  expect(terminal.written).toContain(`127.0.0.1:${CLOSED_PORT}`);
});
