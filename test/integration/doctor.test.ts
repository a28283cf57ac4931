import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import type { Report } from '../../src/doctor/report.ts';
import { TlsSite } from '../support/origin-site.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { USER_KEY } from '../support/proxy.ts';

const MAIN = join(import.meta.dir, '../../src/main.ts');
/** A name that resolvers know without asking anybody. */
const DOMAIN = 'front.localhost';
const LIMIT_MS = 15_000;
const canIsolate = Bun.spawnSync(['unshare', '--net', '--mount', 'true']).exitCode === 0;
const TOML = `[tls]\ndomain = "${DOMAIN}"\n[users.anna]\nsecret = "${USER_KEY}"`;

const dc = SimulatedDataCenter.start();
const site = new TlsSite(DOMAIN);
void dc.serverKey; // made now: it takes a while
afterAll(() => {
  dc.stop();
  site[Symbol.dispose]();
});

function doctor(folder: PetrelFolder, ...args: string[]) {
  return run(folder, [process.execPath, MAIN, 'doctor', ...args]);
}

async function run({ path: cwd }: PetrelFolder, command: string[]) {
  const startedAtMs = performance.now();
  const env = { PATH: process.env['PATH'] ?? '', PETREL_PUBLIC_HOST: '127.0.0.1' };
  const child = Bun.spawn(command, { cwd, env, stdout: 'pipe', stderr: 'pipe' });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code, tookMs: performance.now() - startedAtMs };
}

test('beside a running proxy, with Telegram and the site at hand: exit 0', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, sitePort: site.port, toml: TOML });
  await using proxy = await PetrelProcess.serving(folder);
  const { out, err, code } = await doctor(folder, '--json');
  expect(err).toBe('');
  const report = JSON.parse(out) as Report;
  const findings = report.groups.flatMap((group) => group.findings);
  expect(findings.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(code).toBe(0);
  const seen = (check: string) => findings.find((finding) => finding.check === check)?.seen;
  expect(seen('running')).toContain(`process ${proxy.pid}`);
  expect(seen('open files')).toContain(`Petrel (process ${proxy.pid})`);
  expect(seen('port')).toContain(`petrel (process ${proxy.pid})`);
  expect(seen('as a client')).toContain('user anna gets in');
  expect(out).not.toContain(USER_KEY);
  // Its visits are ordinary sessions: nothing of them stays, nothing was complained of.
  expect(proxy.logLines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
});

test('offline: exit 1 in bounded time, and the process ends then', async () => {
  using folder = new PetrelFolder();
  folder.configure({ toml: TOML });
  const { out, err, code, tookMs } = await doctor(folder);
  expect([err, code]).toEqual(['', 1]);
  expect(out).toContain('FAILED   DC 2          cannot be reached');
  expect(out).toContain('cannot be judged: no data centre answered');
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^8 checks failed, \d+ warnings\.$/);
  expect(out).not.toContain('\x1b');
  expect(tookMs).toBeLessThan(LIMIT_MS);
  expect(await Bun.file(folder.file('data')).exists()).toBe(false); // it makes nothing
});

test('a refused configuration: exit 2, nothing is examined', async () => {
  using folder = new PetrelFolder();
  folder.configure({ toml: TOML });
  folder.write('.env', 'MTPROTO_PORT=http\n');
  const { out, err, code } = await doctor(folder);
  expect([out, code]).toEqual(['', 2]);
  expect(err).toContain('MTPROTO_PORT');
});

/** A network of its own, with a name server that takes questions and answers none. */
const SILENT_NAME_SERVER = `
  ip link set lo up && echo nameserver 127.0.0.1 > resolv.conf && mount --bind resolv.conf /etc/resolv.conf || exit 9
  "$1" -e 'await Bun.udpSocket({ hostname: "127.0.0.1", port: 53, socket: { data() {} } })' & server=$!
  "$1" "$2" doctor; code=$?
  kill $server; exit $code
`;

test.skipIf(!canIsolate)('a name server that never answers does not hold the process', async () => {
  using folder = new PetrelFolder();
  folder.configure({ toml: TOML.replace(DOMAIN, 'www.example.org') });
  const isolated = ['unshare', '--net', '--mount', 'sh', '-c', SILENT_NAME_SERVER, 'sh', process.execPath, MAIN];
  const { out, code, tookMs } = await run(folder, isolated);
  expect(code).toBe(1);
  expect(out).toContain('(no answer in time)');
  expect(tookMs).toBeLessThan(LIMIT_MS);
});
