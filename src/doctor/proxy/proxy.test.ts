import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOSED_PORT, type ProxySetup, TestProxy, USER_KEY, until } from '../../../test/support/proxy.ts';
import { RawClient } from '../../../test/support/raw-client.ts';
import { type Asked, askRunning } from '../../admin/control-client.ts';
import { healthySnapshot } from '../../admin/snapshot-fixture.ts';
import { load } from '../../config/load-fixture.ts';
import type { Config } from '../../config/schema.ts';
import { SimulatedDataCenter } from '../../demo/telegram/data-center.ts';
import type { Finding } from '../../kit/finding.ts';
import { systemRandom } from '../../kit/random.ts';
import type { PublicHost } from './outside.ts';
import { proxyFindings } from './proxy.ts';

const LOCAL: PublicHost = { host: '127.0.0.1', note: null, addresses: ['127.0.0.1'], ownAddresses: [] };
const ABSENT: Asked = { kind: 'absent', reason: 'there is no socket' };
const USER = `[users.anna]\nsecret = "${USER_KEY}"`;

const dc = SimulatedDataCenter.start();
const folder = mkdtempSync(join(tmpdir(), 'petrel-doctor-'));
afterAll(() => {
  dc.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function examine(
  config: Config,
  asked: Asked,
  publicHost = LOCAL,
): Promise<(check: string) => Finding | undefined> {
  const findings = await proxyFindings({ config, asked, publicHost, random: systemRandom, now: Date.now });
  expect(JSON.stringify(findings)).not.toContain(USER_KEY);
  return (check) => findings.find((finding) => finding.check === check);
}

async function examineRunning(setup: ProxySetup, publicHost = LOCAL) {
  await using proxy = new TestProxy(setup);
  const { config } = proxy.daemon;
  return await examine(config, await askRunning(config.dataDir), publicHost); // while the proxy stands
}

function configured(toml: string): Config {
  return load({ toml: `data_dir = "${folder}"\n${toml}` });
}

test.each<[string, ProxySetup]>([
  ['fake TLS', {}],
  ['dd', { toml: '[modes]\ntls = false' }],
  ['classic', { toml: '[modes]\ntls = false\nsecure = false\nclassic = true' }],
  ['IPv6', { listen: ['::1'] }],
  ['every address', { listen: ['0.0.0.0', '::'] }],
])('a running proxy with %s: a user gets in, here and by the public host', async (_name, setup) => {
  const publicHost = setup.listen?.[0] === '::1' ? { ...LOCAL, host: '::1', addresses: ['::1'] } : LOCAL;
  const of = await examineRunning({ dcPort: dc.port, ...setup }, publicHost);
  expect(of('port')).toMatchObject({
    verdict: 'ok',
    seen: expect.stringContaining(`by petrel (process ${process.pid})`),
  });
  expect(of('as a client')).toMatchObject({
    verdict: 'ok',
    seen: expect.stringMatching(/^user alice gets in, and Telegram answers behind Petrel in [\d.]+ ms$/),
  });
  expect(of('from outside')).toMatchObject({ verdict: 'ok', seen: expect.stringContaining('leads to this Petrel') });
  expect(of('running')?.verdict).toBe('ok');
});

test('behind a balancer with PROXY headers the way in is tried with one, and from outside without', async () => {
  const of = await examineRunning({ dcPort: dc.port, toml: '[proxy_protocol]\nenabled = true' });
  expect(of('as a client')?.verdict).toBe('ok');
  expect(of('from outside')?.verdict).toBe('warning'); // here no balancer adds the header
});

test('a proxy that trusts only its balancer is not tried as a client from here', async () => {
  const toml = '[proxy_protocol]\nenabled = true\ntrusted = ["10.0.0.0/8"]';
  const of = await examineRunning({ dcPort: dc.port, toml });
  expect(of('as a client')).toBeUndefined();
  expect(of('from outside')?.seen).toContain('accepts connections');
});

test('a user gets in, but no data centre answers behind the proxy', async () => {
  const of = await examineRunning({ dcPort: CLOSED_PORT });
  expect(of('as a client')).toMatchObject({
    verdict: 'failed',
    seen: 'user alice gets in, but DC 2 does not answer behind Petrel',
  });
  expect(of('from outside')).toMatchObject({ verdict: 'ok', seen: expect.stringContaining('accepts connections') });
});

test('a machine that is the public host itself is told what this proves', async () => {
  const of = await examineRunning({ dcPort: dc.port }, { ...LOCAL, ownAddresses: ['127.0.0.1'] });
  expect(of('from outside')).toMatchObject({ verdict: 'ok', advice: expect.stringContaining('from another machine') });
});

test('another server on the port is told from Petrel, by name', async () => {
  const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('other') });
  const config = configured(`port = ${other.port}\nlisten = ["127.0.0.1"]\n${USER}`);
  const of = await examine(config, ABSENT);
  expect(of('port')?.seen).toMatch(
    new RegExp(`^127\\.0\\.0\\.1:${other.port}: connections are accepted by .+ \\(process ${process.pid}\\)$`),
  );
  expect(of('as a client')).toMatchObject({
    verdict: 'failed',
    seen: expect.stringContaining('the secret of user anna is not taken'),
    advice: expect.stringContaining('another server has this port'),
  });
  await other.stop(true);
});

test('before the start: the port can be had, or the reason why not', async () => {
  const free = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  free.stop(true);
  const of = await examine(configured(`port = ${free.port}\nlisten = ["127.0.0.1"]\n${USER}`), ABSENT);
  expect(of('port')).toMatchObject({
    verdict: 'warning',
    seen: `nothing listens on 127.0.0.1:${free.port} yet; it can be had`,
  });
  expect(of('as a client')).toBeUndefined();
  expect(of('from outside')).toBeUndefined();
  const unix = await examine(configured('listen = ["unix:/nowhere/petrel.sock"]'), ABSENT);
  expect(unix('port')).toMatchObject({
    verdict: 'failed',
    seen: 'unix:/nowhere/petrel.sock cannot be had: /nowhere is missing or cannot be written',
  });
});

test('before the start: what keeps a Unix socket from being made, and nothing is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-doctor-'));
  const path = join(folder, 'petrel.sock');
  const listen = `listen = ["unix:${path}"]`;
  const seen = async (toml: string) => (await examine(configured(toml), ABSENT))('port')?.seen;
  expect(await seen(listen)).toBe(`nothing listens on unix:${path} yet; it can be had`);
  expect(readdirSync(folder)).toEqual([]);
  expect(await seen(`${listen}\n[listen_options]\nunix_group = "no-such-group"`)).toContain(
    `unix:${path} cannot be had: there is no group no-such-group`,
  );
  writeFileSync(path, '');
  expect(await seen(listen)).toContain(`unix:${path} cannot be had: a file stands there that is no socket`);
  rmSync(folder, { recursive: true });
});

test('a proxy that runs on another port than the configuration says', async () => {
  const config = configured(`port = ${CLOSED_PORT}\nlisten = ["127.0.0.1"]\n${USER}`);
  const of = await examine(config, { kind: 'running', snapshot: healthySnapshot() });
  expect(of('port')).toMatchObject({
    verdict: 'failed',
    seen: expect.stringContaining('runs (process 4242) on 0.0.0.0:443 [::]:443, but nothing accepts on'),
    advice: expect.stringContaining('restart it'),
  });
});

test('one of several addresses that does not accept fails', async () => {
  const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const config = configured(`port = ${other.port}\nlisten = ["127.0.0.1", "127.0.0.9"]`);
  const of = await examine(config, ABSENT);
  expect(of('port')).toMatchObject({
    verdict: 'failed',
    seen: expect.stringContaining(`but not on 127.0.0.9:${other.port}`),
  });
  other.stop(true);
});

test('a port that is chosen at the start is not known before', async () => {
  const of = await examine(configured('port = 0'), ABSENT);
  expect(of('port')).toMatchObject({ verdict: 'warning', seen: expect.stringContaining('port = 0') });
});

test('the public host: a note, a name without an address', async () => {
  const config = configured('port = 0');
  const noted = await examine(config, ABSENT, { ...LOCAL, host: '10.0.0.5', note: 'set public_host' });
  expect(noted('public host')).toMatchObject({ verdict: 'warning', seen: '10.0.0.5', advice: 'set public_host' });
  const unknown = await examine(config, ABSENT, {
    ...LOCAL,
    host: 'p.example.org',
    addresses: 'no such name',
  });
  expect(unknown('public host')).toMatchObject({
    verdict: 'failed',
    seen: 'p.example.org cannot be resolved (no such name)',
  });
});

const FULL_USER = `[users.anna]\nsecret = "${USER_KEY}"\nmax_connections = 1`;

test('the only user at its limit is named, and the trial is not taken for a foreign server', async () => {
  await using proxy = new TestProxy({ dcPort: dc.port, users: FULL_USER });
  await using client = await RawClient.open(proxy.port, 'dd');
  await until(() => proxy.ledger.relaying === 1, 'the session');
  const of = await examine(proxy.daemon.config, await askRunning(proxy.dataDir));
  expect(of('as a client')).toMatchObject({
    verdict: 'warning',
    seen: 'not tried: no user may come in now: anna (1 of 1 sessions stand, users.anna.max_connections)',
  });
  expect(of('from outside')?.seen).toContain('accepts connections');
  expect(client.peer.isOpen).toBe(true);
});

test.each<[string, ProxySetup, (config: Config) => Config, string]>([
  ['a full server', { toml: '[limits]\nmax_connections = 1' }, (config) => config, 'the proxy is full'],
  [
    'a network with as many as it may have',
    { toml: '[limits]\nmax_connections_per_ip = 1' },
    (config) => config,
    'as many connections as one network may have',
  ],
  [
    'another domain',
    {},
    (config) => ({ ...config, tls: { ...config.tls, domains: ['new.example.org'] } }),
    'fronts another domain',
  ],
  [
    'another secret',
    {},
    (config) => ({ ...config, users: config.users.map((user) => ({ ...user, key: new Uint8Array(16).fill(1) })) }),
    'another secret for user alice',
  ],
])('a trial that %s refuses is told so', async (_name, setup, onDisk, why) => {
  await using proxy = new TestProxy({ dcPort: dc.port, ...setup });
  await using standing = await RawClient.open(proxy.port, 'ee');
  await until(() => proxy.ledger.relaying === 1, 'a session stands');
  const of = await examine(onDisk(proxy.daemon.config), await askRunning(proxy.dataDir));
  expect(of('as a client')).toMatchObject({ verdict: 'failed', seen: expect.stringContaining(why) });
  expect(of('as a client')?.advice).not.toContain('another server');
  expect(standing.peer.isOpen).toBe(true);
});
