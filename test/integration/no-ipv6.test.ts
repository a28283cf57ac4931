import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import type { Report } from '../../src/doctor/report.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { freePort } from '../support/free-port.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { secretOf, USER_KEY } from '../support/proxy.ts';

const MAIN = join(import.meta.dir, '../../src/main.ts');
const WITHOUT_IPV6 = [process.execPath, join(import.meta.dir, '../support/without-ipv6.ts')];
const ALICE = `[users.alice]\nsecret = "${USER_KEY}"`;
const LEFT_OUT = 'a default address is left out';
const WORDS = utf8('some bytes!!');

/** Whether a process may lock itself in, which a container can forbid. */
const canLock = Bun.spawnSync([...WITHOUT_IPV6, '/bin/true']).exitCode === 0;
if (!canLock) console.warn('seccomp filters cannot be set here: starts without IPv6 are not tried');

describe.skipIf(!canLock)('IPv6 switched off in the kernel', () => {
  test.concurrent.each([1, 2])(
    'default addresses, workers = %d: it serves on the rest and says so once',
    async (workers) => {
      const dc = SimulatedDataCenter.start();
      using folder = new PetrelFolder();
      folder.configure({ dcPort: dc.port, listen: null, top: `workers = ${workers}`, toml: ALICE });
      await using petrel = await PetrelProcess.serving(folder, { through: WITHOUT_IPV6 });
      expect(petrel.logged('serving')[0]?.['addresses']).toBe(`0.0.0.0:${petrel.port}`);
      expect(petrel.logged(LEFT_OUT)).toMatchObject([
        { level: 'info', address: `[::]:${petrel.port}`, code: 'EAFNOSUPPORT' },
      ]);
      const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee') });
      expect(await client.echo(WORDS)).toEqual(WORDS);
      client.close();
      dc.stop();
    },
  );

  test.concurrent.each([false, true])('doctor finds the port good (running: %p)', async (isRunning) => {
    using folder = new PetrelFolder();
    const port = freePort();
    folder.configure({ listen: null, top: `port = ${port}`, toml: ALICE });
    await using petrel = isRunning ? await PetrelProcess.serving(folder, { through: WITHOUT_IPV6 }) : null;
    const child = Bun.spawn([...WITHOUT_IPV6, process.execPath, MAIN, 'doctor', '--json'], { cwd: folder.path });
    const report = JSON.parse(await child.stdout.text()) as Report;
    const found = report.groups.flatMap(({ findings }) => findings).find(({ check }) => check === 'port');
    expect(found).toMatchObject({
      verdict: isRunning ? 'ok' : 'warning',
      seen: isRunning
        ? `0.0.0.0:${port}: connections are accepted by petrel (process ${petrel?.pid})`
        : `nothing listens on 0.0.0.0:${port} yet; it can be had`,
    });
  });

  test.concurrent.each<[string, readonly string[] | null, Record<string, string>, readonly string[]]>([
    ['petrel.toml', ['127.0.0.1', '::'], {}, []],
    ['petrel.toml, as the default is', ['0.0.0.0', '::'], {}, []],
    ['the environment', null, { PETREL_LISTEN: '127.0.0.1,::' }, []],
    ['a flag', null, {}, ['--listen', '::']],
  ])('an address that %s asks for is an error', async (_name, listen, env, args) => {
    using folder = new PetrelFolder();
    folder.configure({ listen, toml: ALICE });
    const petrel = new PetrelProcess(folder, { through: WITHOUT_IPV6, env, args });
    expect(await petrel.exited).toBe(1);
    expect(petrel.logLines).toMatchObject([
      {
        level: 'error',
        message: 'cannot listen',
        addresses: expect.stringMatching(/^\[::\]:\d+$/),
        reason: 'IPv6 is switched off on this machine: take "::" out of listen',
      },
    ]);
  });
});

test.concurrent('an address that no interface has is an error, which names it', async () => {
  using folder = new PetrelFolder();
  folder.configure({ listen: ['127.0.0.1', '192.0.2.1'], toml: ALICE }); // TEST-NET-1: nobody's
  const petrel = new PetrelProcess(folder);
  expect(await petrel.exited).toBe(1);
  expect(petrel.logLines).toMatchObject([
    {
      message: 'cannot listen',
      addresses: expect.stringMatching(/^192\.0\.2\.1:\d+$/),
      reason:
        'this machine does not have that address: take "192.0.2.1" out of listen, or give it to an interface first',
    },
  ]);
});
