import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Snapshot } from '../../src/admin/snapshot.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { secretOf, USER_KEY } from '../support/proxy.ts';
import { configureCrew } from '../support/workers.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

test.concurrent.each([1, 2])('during a drain all commands say that it drains, workers = %d', async (workers) => {
  using folder = new PetrelFolder();
  configureCrew(folder, { workers, dcPort: dc.port, users: ALICE });
  await using petrel = await PetrelProcess.serving(folder);
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('dd') });
  await client.echo(utf8('some bytes!!'));
  petrel.signal('SIGTERM');
  await petrel.told('stopping');
  const [health, status, json, link] = await Promise.all([
    petrelCommand(folder, 'health'),
    petrelCommand(folder, 'status'),
    petrelCommand(folder, 'status', '--json'),
    petrelCommand(folder, 'link'),
  ]);
  expect(health).toEqual({
    code: 1,
    out: '',
    err: 'petrel: not healthy: draining: 1 session left, no more are accepted\n',
  });
  expect(status.out.split('\n').slice(0, 3).join(' ').replace(/\s+/g, ' ')).toContain(
    'draining: 1 session left, no more are accepted',
  );
  expect(JSON.parse(json.out) as Snapshot).toMatchObject({ isDraining: true, pause: null, pid: petrel.pid });
  expect(link).toMatchObject({
    code: 0,
    out: expect.stringContaining('Links of alice'),
    err: 'petrel: the proxy is draining: 1 session left, no more are accepted\n',
  });
  client.close();
  expect(await petrel.exited).toBe(0);
});
