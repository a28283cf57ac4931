import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askRunning } from '../../src/admin/control-client.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { LOCK_FILE, lockFolder } from '../../src/store/folder-lock.ts';
import { PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { configureCrew } from '../support/workers.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;

/** Longer than the transfer. */
const DRAIN_MS = 20_000;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

async function pidThatAnswers(folder: PetrelFolder): Promise<number> {
  const asked = await askRunning(folder.file('data'));
  return asked.kind === 'running' ? asked.snapshot.pid : 0;
}

/** A client whose session goes on until it is closed. */
async function client(petrel: PetrelProcess): Promise<SimulatedClient> {
  const opened = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('dd') });
  await opened.echo(utf8('some bytes!!'));
  return opened;
}

test.concurrent.each([1, 2])(
  'a second start with one data folder is refused (workers = %d): who has it, and what to do',
  async (workers) => {
    using folder = new PetrelFolder();
    configureCrew(folder, { workers, dcPort: dc.port, users: ALICE });
    await using first = await PetrelProcess.serving(folder);
    const second = new PetrelProcess(folder);
    expect(await second.exited).toBe(1);
    expect(second.logLines).toMatchObject([
      {
        level: 'error',
        message: 'cannot start',
        reason: `another Petrel (process ${first.pid}) runs with the data folder ${folder.file('data')}: stop it first, or give this one a folder of its own (data_dir, --data-dir)`,
      },
    ]);
    expect(second.out).toBe('');
    const opened = await client(first);
    expect(await pidThatAnswers(folder)).toBe(first.pid);
    opened.close();
  },
);

test.concurrent('a killed one stands in nobody’s way, its socket is replaced', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  {
    await using killed = await PetrelProcess.serving(folder);
    expect(await pidThatAnswers(folder)).toBe(killed.pid);
  }
  const health = await petrelCommand(folder, 'health');
  expect([health.code, health.err]).toEqual([1, expect.stringContaining('nobody answers')]);
  await using next = await PetrelProcess.serving(folder);
  expect(await pidThatAnswers(folder)).toBe(next.pid);
});

test('while one drains the next may begin: it is the one that answers, and stays so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'petrel-handover-'));
  const dataDir = join(folder, 'data');
  const old = new TestProxy({ dcPort: dc.port, dataDir });
  const opened = await SimulatedClient.connect({ host: '127.0.0.1', port: old.port, secret: secretOf('dd') });
  const transfer = opened.download(4_000_000);
  await until(() => old.ledger.downlinkBytes > 0, 'bytes move');
  expect(() => new TestProxy({ dcPort: dc.port, dataDir })).toThrow('runs with the data folder');
  const stopped = old.stop(DRAIN_MS);
  await until(() => isFree(dataDir), 'the old one has written what there was');
  await using next = new TestProxy({ dcPort: dc.port, dataDir });
  expect(await portThatAnswers(dataDir)).toBe(next.port);
  expect((await transfer).isIntact).toBe(true);
  opened.close();
  await stopped;
  expect(await portThatAnswers(dataDir)).toBe(next.port);
  expect(next.logged('no control socket')).toEqual([]);
  await next.stop();
  rmSync(folder, { recursive: true });
});

function isFree(dataDir: string): boolean {
  try {
    lockFolder(dataDir).release();
    return true;
  } catch {
    return false;
  }
}

async function portThatAnswers(dataDir: string): Promise<number> {
  const asked = await askRunning(dataDir);
  return asked.kind === 'running' ? Number(asked.snapshot.addresses[0]?.split(':')[1]) : 0;
}

test.concurrent('a folder that cannot be used keeps nobody out', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  writeFileSync(folder.file('data'), 'a file where the folder should be');
  await using _first = await PetrelProcess.serving(folder);
  await using second = await PetrelProcess.serving(folder);
  await second.told('no control socket');
});

test.concurrent('something else that has the socket’s name is left alone, and told', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: `data_dir = "."\n${ALICE}` });
  folder.write('control.sock', 'a file of somebody');
  await using petrel = await PetrelProcess.serving(folder);
  await petrel.told('no control socket');
  expect(readFileSync(folder.file('control.sock'), 'utf8')).toBe('a file of somebody');
});

test('a lock names its owner, is given back once, and can be had again', () => {
  using folder = new PetrelFolder();
  const lock = lockFolder(folder.file('data'));
  expect(lock.isHeld).toBe(true);
  expect(readFileSync(folder.file(`data/${LOCK_FILE}`), 'utf8')).toBe(`${process.pid}\n`);
  expect(() => lockFolder(folder.file('data'))).toThrow(`another Petrel (process ${process.pid}) runs with`);
  for (let i = 0; i < 2; i += 1) lock.release();
  expect(lock.isHeld).toBe(false);
  lockFolder(folder.file('data')).release();
});

test('a stopped proxy removes its socket', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  await using petrel = await PetrelProcess.serving(folder);
  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
  expect((await askRunning(folder.file('data'))).kind).toBe('absent');
});
