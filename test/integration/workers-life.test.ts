import { afterAll, beforeAll, expect, test } from 'bun:test';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { helloOf } from '../support/flight-checks.ts';
import { viewOf, visitWith } from '../support/flight-view.ts';
import { PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { CLOSED_PORT, secretOf, USER_KEY, until } from '../support/proxy.ts';
import { untilRefused } from '../support/raw-peer.ts';
import { flightOf, ScriptedSite } from '../support/scripted-site.ts';
import { configureCrew, isAlive, ProxyCrew } from '../support/workers.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;
const BERT_KEY = '5d1f0c77a2e94b36881ae05b9c4432f7';
const BERT = `[users.bert]\nsecret = "${BERT_KEY}"\nmax_connections = 0`;
const WORDS = utf8('still here?!');

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function crew(users = ALICE, toml = '', sitePort = CLOSED_PORT): Promise<ProxyCrew> {
  return ProxyCrew.serving({ workers: 2, dcPort: dc.port, sitePort, users, toml });
}

test('a worker that is killed costs only its own sessions, and is replaced', async () => {
  await using proxy = await crew(`${ALICE.replace('= 0', '= 24')}`);
  const clients = await proxy.clients(24);
  const before = await proxy.shows(({ workers }) => workers.every(({ sessions }) => sessions > 0), 'both busy');
  const [victim, other] = before.workers;
  if (victim === undefined || other === undefined) throw new Error('no workers');
  process.kill(victim.pid, 'SIGKILL');
  const line = await proxy.petrel.told('a worker ended by itself');
  expect(line).toMatchObject({ level: 'error', pid: victim.pid, signal: 'SIGKILL', inSeconds: 1 });
  await until(() => clients.filter(({ isOpen }) => isOpen).length === other.sessions, 'its clients gone');
  for (const client of clients) if (client.isOpen) expect(await client.echo(WORDS)).toEqual(WORDS);

  const after = await proxy.shows(({ workers }) => workers.length === 2, 'replaced');
  expect(after.workersReplaced).toBe(1);
  expect(after.workers.map(({ pid }) => pid)).not.toContain(victim.pid);
  expect(after.workers.map(({ pid }) => pid)).toContain(other.pid);
  const { accepted, open, outcomes } = after.ledger;
  expect(outcomes.lost).toBe(victim.sessions);
  expect(accepted - open).toBe(Object.values(outcomes).reduce((sum, count) => sum + count, 0));
  expect(accepted).toBe(24);
  expect(after.users[0]).toMatchObject({ connections: other.sessions, sessions: 24 });
  expect(after.users[0]?.uplinkBytes).toBeGreaterThanOrEqual(before.users[0]?.uplinkBytes ?? 0);

  clients.push(...(await proxy.clients(victim.sessions))); // the user's places are free again
  const full = await proxy.shows(({ ledger }) => ledger.open === 24, 'all back');
  expect(full.workers.every(({ sessions }) => sessions > 0)).toBe(true);
  for (const client of clients) client.close();
});

test('when the supervisor is killed no worker stays behind', async () => {
  await using proxy = await crew();
  const [client] = await proxy.clients(1);
  const { workers } = await proxy.snapshot();
  expect(workers.map(({ pid }) => isAlive(pid))).toEqual([true, true]);
  proxy.petrel.signal('SIGKILL');
  await until(() => workers.every(({ pid }) => !isAlive(pid)), 'all ended');
  expect(['closed', 'reset']).toContain((await client?.ended) as string);
});

test('a reload reaches every worker', async () => {
  await using proxy = await crew(`${ALICE}\n${BERT}`);
  const berts = await Promise.all(
    Array.from({ length: 16 }, () =>
      SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee', BERT_KEY) }),
    ),
  );
  for (const client of berts) await client.echo(WORDS);
  const clients = await proxy.clients(16);
  await proxy.shows(({ workers }) => workers.every(({ sessions }) => sessions > 0), 'both busy');
  configureCrew(proxy.folder, { workers: 2, dcPort: dc.port, users: ALICE.replace('= 0', '= 20') });
  proxy.petrel.signal('SIGHUP');
  await proxy.petrel.told('configuration reloaded');
  for (const client of berts) expect(await client.ended).toBe('closed');
  for (const client of clients) expect(await client.echo(WORDS)).toEqual(WORDS);
  const { ledger, users } = await proxy.shows(({ ledger }) => ledger.open === 16, 'one user left');
  expect(ledger.outcomes.cut).toBe(16);
  expect(users.map(({ name, connections, maxConnections }) => [name, connections, maxConnections])).toEqual([
    ['alice', 16, 20],
  ]);
  clients.push(...(await proxy.clients(4)));
  await expect(proxy.client()).rejects.toThrow();
  for (let i = 0; i < 8; i += 1) {
    const bert = { host: '127.0.0.1', port: proxy.port, secret: secretOf('ee', BERT_KEY) };
    await expect(SimulatedClient.connect(bert)).rejects.toThrow();
  }
  for (const client of clients) client.close();
});

test('a stop for all processes at once: running transfers finish, then all end', async () => {
  await using proxy = await crew(`${ALICE}\nrate = "400KB"`);
  const clients = await proxy.clients(10);
  const { workers } = await proxy.shows(({ workers }) => workers.every(({ sessions }) => sessions > 0), 'both busy');
  const transfers = Promise.allSettled(clients.map((client) => client.download(20_000)));
  // As a terminal's Ctrl-C and a service manager do.
  for (const { pid } of workers) for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(pid, signal);
  proxy.petrel.signal('SIGTERM');
  await proxy.petrel.told('stopping');
  await untilRefused(proxy.port); // each worker stops for itself
  const intact = { status: 'fulfilled', value: { isIntact: true } };
  expect(await transfers).toMatchObject(clients.map(() => intact));
  for (const client of clients) client.close();
  expect(await proxy.petrel.exited).toBe(0);
  expect(workers.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
  expect(proxy.petrel.logged('a worker ended by itself')).toEqual([]);
  expect(proxy.petrel.logged('stopped')).toHaveLength(1);
});

test('sessions at rest end at once in every worker', async () => {
  await using proxy = await crew();
  const clients = await proxy.clients(16);
  await proxy.shows(({ workers }) => workers.every(({ sessions }) => sessions > 0), 'both busy');
  const start = performance.now();
  proxy.petrel.signal('SIGTERM');
  for (const client of clients) expect(await client.ended).toBe('closed');
  expect(await proxy.petrel.exited).toBe(0);
  expect(performance.now() - start).toBeLessThan(3_500); // the drain's limit is a second; the rest is for a busy machine
});

test('a port that another Petrel of the same user has is refused, although both would share it', async () => {
  await using proxy = await crew();
  using folder = new PetrelFolder();
  folder.configure({ top: `workers = 2\nport = ${proxy.port}`, toml: ALICE });
  const second = new PetrelProcess(folder);
  expect(await second.exited).toBe(1);
  expect(second.logged('cannot listen')).toMatchObject([
    { reason: expect.stringContaining(`port ${proxy.port} is taken by`) },
  ]);
  expect((await proxy.snapshot()).workers).toHaveLength(2);
});

test('the first user is made once, and every worker knows it', async () => {
  await using proxy = await crew('');
  const secrets = new Set(proxy.petrel.out.match(/secret=ee[0-9a-f]+/g));
  expect(secrets.size).toBe(1);
  const key = /secret=ee([0-9a-f]{32})/.exec(proxy.petrel.out)?.[1] ?? '';
  const clients = await Promise.all(
    Array.from({ length: 8 }, () =>
      SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee', key) }),
    ),
  );
  for (const client of clients) expect(await client.echo(WORDS)).toEqual(WORDS);
  for (const client of clients) client.close();
});

test('the fronted site is asked by one visitor, and all workers answer as it does', async () => {
  const shape = { cipher: 0x1302, group: 0x11ec, extensionOrder: 'versions-first', encryptedLength: 3_333 } as const;
  using site = new ScriptedSite((hello) => flightOf(hello, shape));
  await using proxy = await crew(ALICE, '', site.port);
  await until(() => site.hellos.length === 8, 'one survey');
  const answers = async () => {
    const ciphers: string[] = [];
    for (let i = 0; i < 16; i += 1) ciphers.push(viewOf((await visitWith(proxy.port, helloOf())).bytes).cipher);
    return new Set(ciphers);
  };
  for (let turn = 0; turn < 10 && (await answers()).has('1301'); turn += 1); // until all have been told
  expect(await answers()).toEqual(new Set(['1302']));
  const { workers } = await proxy.snapshot();
  process.kill(workers[0]?.pid ?? 0, 'SIGKILL');
  await proxy.shows(({ workersReplaced, workers }) => workersReplaced === 1 && workers.length === 2, 'replaced');
  expect(await answers()).toEqual(new Set(['1302']));
  expect(site.hellos).toHaveLength(8);
});

test('a worker is not started by hand', async () => {
  using folder = new PetrelFolder();
  const { code, err } = await petrelCommand(folder, 'worker');
  expect(code).toBe(2);
  expect(err).toContain('petrel run starts its workers itself');
});
