import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { USER_KEY } from '../support/proxy.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"`;
const REFUSED = 'the file on disk would be refused: the configuration has 1 problem:';

/** Files that the running proxy would not take again, each in its own way. */
const BAD: readonly [string, string, string][] = [
  ['a bad value', 'port = 70000\n', 'petrel.toml:1: port: expected a port from 0 to 65535; found 70000'],
  [
    'no TOML at all',
    'port = \n',
    "petrel.toml:1: not valid TOML: Missing value after '='; values must be on the same line",
  ],
];

test.concurrent.each(BAD)(
  '%s on disk: the healthy proxy stays healthy, and it is said',
  async (_name, toml, problem) => {
    using folder = new PetrelFolder();
    folder.configure({ toml: ALICE, top: 'port = 0\npublic_port = 443' });
    await using petrel = await PetrelProcess.serving(folder);
    folder.write('petrel.toml', toml);
    const [health, status, json, link] = await Promise.all([
      petrelCommand(folder, 'health'),
      petrelCommand(folder, 'status'),
      petrelCommand(folder, 'status', '--json'),
      petrelCommand(folder, 'link', 'alice'),
    ]);
    expect([health.code, health.err]).toEqual([0, '']);
    expect(health.out).toStartWith(`serving on 127.0.0.1:${petrel.port}: 0 sessions relayed\n`);
    expect(health.out).toContain(`${REFUSED}\n  ${problem}\n`);

    expect([status.code, status.err]).toEqual([0, '']);
    expect(status.out).toContain(REFUSED);
    expect(status.out.replace(/\s+/g, ' ')).toContain(problem);
    expect([json.code, (JSON.parse(json.out) as { pid: number }).pid]).toEqual([0, petrel.pid]);
    expect(json.err).toContain(REFUSED);

    expect(link.code).toBe(0);
    expect(link.out).toContain(`tg://proxy?server=proxy.example.org&port=443&secret=dd${USER_KEY}\n`);
    expect(link.err).toContain(`these are the links of the proxy that runs; ${REFUSED}\n  ${problem}\n`);
  },
);

test.concurrent('the users that Petrel made have their links too, with a data folder that only the bad file names', async () => {
  using folder = new PetrelFolder();
  folder.configure({ top: 'data_dir = "kept"' });
  await using petrel = await PetrelProcess.serving(folder);
  const secret = /secret=(ee[0-9a-f]+)/.exec(petrel.out)?.[1] ?? 'none';
  folder.write('petrel.toml', 'data_dir = "kept"\n[users.alice]\nsecret = "abc"\n');
  const link = await petrelCommand(folder, 'link');
  expect([link.code, link.out]).toEqual([0, expect.stringContaining(`&secret=${secret}\n`)]);
});

test.concurrent('no proxy runs: a refused file is the reason of link, and is named by the others', async () => {
  using folder = new PetrelFolder();
  writeFileSync(folder.file('petrel.toml'), 'port = 70000\n');
  const [health, status, link] = await Promise.all(
    ['health', 'status', 'link'].map((name) => petrelCommand(folder, name)),
  );
  expect([health?.code, status?.code, link?.code]).toEqual([1, 1, 2]);
  for (const { err = '' } of [health ?? {}, status ?? {}]) {
    expect(err).toContain('no proxy runs with this data folder');
    expect(err).toContain('the file on disk would be refused');
  }
  expect(link?.err).toContain('petrel.toml:1: port: expected a port');
});
