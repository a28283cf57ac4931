import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { secretOf, USER_KEY } from '../support/proxy.ts';
import { configureCrew } from '../support/workers.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0\n[mask]\nenabled = false`;
const STORE = 'data/petrel.db';
const WORDS = utf8('some bytes!!');

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

/** Starts, and stops. @returns what it printed */
async function startOnce(folder: PetrelFolder): Promise<string> {
  await using petrel = await PetrelProcess.serving(folder);
  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
  return petrel.out;
}

function setAside(folder: PetrelFolder): string[] {
  return readdirSync(folder.file('data')).filter((name) => name.includes('damaged'));
}

function noise(bytes: Uint8Array, from = 0, length = bytes.length): Uint8Array {
  crypto.getRandomValues(bytes.subarray(from, from + length));
  return bytes;
}

const HEADER_BYTES = 100;
const DAMAGES: readonly [string, (file: string) => void][] = [
  ['truncated', (file) => truncateSync(file, 0)],
  ['overwritten', (file) => writeFileSync(file, noise(new Uint8Array(40_000)))],
  ['with a damaged header', (file) => writeFileSync(file, noise(readFileSync(file), 0, HEADER_BYTES))],
];

test.each(DAMAGES)('configured users are served with a petrel.db %s: it is set aside and told', async (_, damage) => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  expect(await startOnce(folder)).toBe('');
  damage(folder.file(STORE));
  await using petrel = await PetrelProcess.serving(folder);
  const [aside = ''] = setAside(folder);
  expect(petrel.logged('damaged')).toMatchObject([
    {
      level: 'warn',
      sign: 'storage',
      message: expect.stringContaining(`set aside as ${folder.file(`data/${aside}`)}; lost: `),
    },
  ]);
  expect(petrel.out).toBe(''); // no user was made
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee') });
  expect(await client.echo(WORDS)).toEqual(WORDS);
  client.close();
});

test('several processes do so too', async () => {
  using folder = new PetrelFolder();
  configureCrew(folder, { workers: 2, dcPort: dc.port, users: ALICE.split('[mask]')[0] ?? '' });
  await startOnce(folder);
  truncateSync(folder.file(STORE), 0);
  await using petrel = await PetrelProcess.serving(folder);
  expect(setAside(folder)).toHaveLength(1);
  expect(petrel.out).toBe('');
});

test.each(DAMAGES)(
  'a petrel.db %s that had the only users: no start, no new secret, nothing touched',
  async (_, damage) => {
    using folder = new PetrelFolder();
    folder.configure();
    expect(await startOnce(folder)).toContain('Links of user1');
    const whole = readFileSync(folder.file(STORE));
    damage(folder.file(STORE));
    const damaged = readFileSync(folder.file(STORE));
    const petrel = new PetrelProcess(folder);
    expect(await petrel.exited).toBe(1);
    expect(petrel.out).toBe('');
    expect(petrel.logged('cannot start')).toMatchObject([
      { level: 'error', reason: expect.stringMatching(/petrel\.db cannot be read .* put a backup in its place/) },
    ]);
    expect(readFileSync(folder.file(STORE)).equals(damaged)).toBe(true);
    const link = await petrelCommand(folder, 'link');
    expect([link.code, link.err]).toEqual([1, expect.stringContaining('cannot be read')]);

    writeFileSync(folder.file(STORE), whole);
    expect(await startOnce(folder)).toBe(''); // the same user, whose links were shown before
  },
);

test('a data folder that is removed while the proxy runs is told', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  await using petrel = await PetrelProcess.serving(folder);
  rmSync(folder.file('data'), { recursive: true });
  expect(await petrel.told('the data folder cannot be written')).toMatchObject({
    level: 'warn',
    message: expect.stringContaining(`${folder.file(STORE)} is gone`),
  });
});
