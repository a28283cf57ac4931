import { afterAll, beforeAll, expect, test } from 'bun:test';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askRunning } from '../../src/admin/control-client.ts';
import { controlSocketPath } from '../../src/admin/control-path.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { freePort } from '../support/free-port.ts';
import { PetrelCommand, PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { DOMAIN, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 5`;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

test.concurrent('status, status --json and health of a running proxy with a session', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: `${ALICE}\n[mask]\nenabled = false` });
  await using petrel = await PetrelProcess.serving(folder);
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee'), dc: 2 });
  await client.echo(utf8('sixteen bytes...'));

  const health = await petrelCommand(folder, 'health');
  expect(health).toEqual({ code: 0, err: '', out: `serving on 127.0.0.1:${petrel.port}: 1 session relayed\n` });
  const table = await petrelCommand(folder, 'status');
  expect([table.code, table.err]).toEqual([0, '']);
  expect(table.out).toContain('1 relayed (tls 1)');
  expect(table.out).toMatch(/alice {2}1 of 5 {7}1 {9}/);
  const { out } = await petrelCommand(folder, 'status', '--json');
  const snapshot = JSON.parse(out) as Snapshot;
  expect(snapshot).toMatchObject({ pid: petrel.pid, pause: null, warnings: [] });
  expect(snapshot.ledger.dataCenters['2']).toMatchObject({ sessions: 1, sessionFailures: 0 });
  expect(snapshot.users[0]).toMatchObject({ name: 'alice', connections: 1, sessions: 1 });
  expect(snapshot.users[0]?.uplinkMessages).toBeGreaterThan(0);
  expect(snapshot.users[0]?.downlinkMessages).toBeGreaterThan(0);
  expect(out).not.toContain(USER_KEY);
  client.close();
});

test.concurrent('status --watch goes on until Ctrl-C, and waits out a restart of the proxy', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  const watches: PetrelCommand[] = [];
  let firstPid = 0;
  {
    await using first = await PetrelProcess.serving(folder);
    firstPid = first.pid;
    watches.push(...[['--json'], []].map((more) => new PetrelCommand(folder, 'status', '--watch', ...more)));
    await until(() => watches.every(({ out }) => out.includes('\n')), 'a look each');
    first.signal('SIGTERM');
    expect(await first.exited).toBe(0);
  }
  const [json, table] = watches;
  await until(() => json?.err.includes('waiting for the proxy: no proxy runs') === true, 'told in the JSON');
  await until(() => table?.out.includes('waiting for the proxy: no proxy runs') === true, 'told in the table');
  await using second = await PetrelProcess.serving(folder);
  await until(() => pidsIn(json).includes(second.pid), 'the new one is shown');
  expect(pidsIn(json)).toContain(firstPid);
  expect(json?.err.match(/waiting/g)).toHaveLength(1);
  for (const watch of watches) watch.signal('SIGINT');
  expect(await Promise.all(watches.map(({ exited }) => exited))).toEqual([0, 0]);
});

/** Of the proxies that a watch has shown. */
function pidsIn(watch: PetrelCommand | undefined): number[] {
  const whole = (watch?.out ?? '').split('\n').slice(0, -1);
  return whole.map((line) => (JSON.parse(line) as Snapshot).pid);
}

test.concurrent('no proxy: status and health say so, exit 1', async () => {
  using folder = new PetrelFolder();
  folder.configure();
  const status = await petrelCommand(folder, 'status');
  expect([status.code, status.out]).toEqual([1, '']);
  expect(status.err).toContain('no proxy runs with this data folder');
  const health = await petrelCommand(folder, 'health');
  expect([health.code, health.out]).toEqual([1, '']);
  expect(health.err).toContain('not healthy: no proxy runs with this data folder');
});

test.concurrent("the socket is its owner's alone, secrets are told there and in no figures", async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  await using _petrel = await PetrelProcess.serving(folder);
  const unix = controlSocketPath(folder.file('data'));
  expect(statSync(unix).mode & 0o777).toBe(0o600);
  const ask = async (path: string) => (await fetch(`http://petrel${path}`, { unix })).text();
  expect(await ask('/api/v1/status')).not.toContain(USER_KEY);
  expect(JSON.parse(await ask('/api/v1/links'))).toMatchObject({
    publicHost: 'proxy.example.org',
    domain: DOMAIN,
    users: [{ name: 'alice', key: USER_KEY }],
  });
});

test.concurrent('a data folder that cannot be used: it serves, says what it cannot keep, and is healthy', async () => {
  using folder = new PetrelFolder();
  const port = freePort();
  folder.configure({ dcPort: dc.port, toml: ALICE, top: `port = ${port}` });
  writeFileSync(folder.file('data'), 'a file where the folder should be');
  await using petrel = await PetrelProcess.serving(folder);
  await petrel.told('the data folder cannot be used');
  await petrel.told('no control socket');
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee'), dc: 2 });
  await client.echo(utf8('sixteen bytes...'));
  client.close();
  const health = await petrelCommand(folder, 'health');
  expect([health.code, health.out]).toEqual([0, expect.stringContaining('accepts connections')]);
  expect(health.out).toContain('there is no control socket in');
  const status = await petrelCommand(folder, 'status');
  expect([status.code, status.err]).toEqual([
    1,
    expect.stringContaining(`status: port ${port} accepts connections, but`),
  ]);
});

test('a socket that takes connections and says nothing is not healthy, within the limit', async () => {
  using folder = new PetrelFolder();
  folder.configure({ toml: 'data_dir = "."' });
  const silent = Bun.listen({ unix: join(folder.path, 'control.sock'), socket: { data() {} } });
  const start = performance.now();
  const asked = await askRunning(folder.path);
  expect(performance.now() - start).toBeLessThan(8_000);
  expect(asked).toMatchObject({ kind: 'silent', reason: expect.stringContaining('no answer') });
  silent.stop(true);
});

test('anything but the status is not there, and the socket goes with the proxy', async () => {
  const proxy = new TestProxy({ dcPort: dc.port });
  const unix = controlSocketPath(proxy.dataDir);
  const ask = (path: string, method = 'GET') => fetch(`http://petrel${path}`, { unix, method });
  expect((await ask('/api/v1/status')).status).toBe(200);
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/api/v1/status', 'POST')).status).toBe(404);
  await proxy.stop();
  expect(statSync(unix, { throwIfNoEntry: false })).toBeUndefined();
});
