import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { DOMAIN, secretOf, USER_KEY } from '../support/proxy.ts';
import { RawListener } from '../support/raw-peer.ts';

const ALICE = `[users.alice]\nsecret = "${USER_KEY}"`;
const WORDS = utf8('some bytes!!');

test.concurrent('a bad configuration: exit 2, every problem with file, key path, expected and found; nothing is made', async () => {
  using folder = new PetrelFolder();
  folder.write(
    'petrel.toml',
    ['port = 70000', 'prot = 1', '[limits]', 'idle_timeout = "soon"', '[users.alice]', 'secret = "abc"'].join('\n'),
  );
  const petrel = new PetrelProcess(folder);
  expect(await petrel.exited).toBe(2);
  expect(petrel.out).toBe('');
  expect(petrel.err).toMatch(/^petrel: the configuration has 4 problems:$/m);
  expect(petrel.err).toMatch(/^ {2}petrel\.toml:1: port: expected .*; found 70000$/m);
  expect(petrel.err).toMatch(/^ {2}petrel\.toml:2: prot: unknown key.*port/m);
  expect(petrel.err).toMatch(/^ {2}petrel\.toml:4: limits\.idle_timeout: expected .*; found "soon"$/m);
  expect(petrel.err).toMatch(/^ {2}petrel\.toml:6: users\.alice\.secret: expected .*; found a text of 3 characters$/m);
  expect(readdirSync(folder.path)).toEqual(['petrel.toml']);
});

test.concurrent('a bad .env is named as that, although the runtime loads it too', async () => {
  using folder = new PetrelFolder();
  folder.configure({ top: 'port = 0' });
  folder.write('.env', 'MTPROTO_PORT=notaport\nUSER1_SECRET=short\n');
  const petrel = new PetrelProcess(folder);
  expect(await petrel.exited).toBe(2);
  expect(petrel.err).toMatch(/^ {2}\.env: MTPROTO_PORT: port: expected .*; found "notaport"$/m);
  expect(petrel.err).toMatch(
    /^ {2}\.env: USER1_SECRET: users\.user1\.secret: expected .*; found a text of 5 characters$/m,
  );
  expect(petrel.err).not.toContain('environment');
  expect(existsSync(folder.file('data'))).toBe(false);
});

test.concurrent("each of the guide's variables with a wrong value: exit 2 and its name", async () => {
  using folder = new PetrelFolder();
  folder.configure();
  const wrong: Record<string, string> = {
    MTPROTO_PORT: '70000',
    TLS_DOMAIN: 'https://example.org/',
    USER1_SECRET: 'abc',
    USER2_SECRET: '0123456789abcdef0123456789abcdef',
    USER_MAX_TCP_CONNS: 'many',
    ENABLE_METRICS: 'maybe',
    METRICS_PORT: '0',
  };
  const petrel = new PetrelProcess(folder, { env: wrong });
  expect(await petrel.exited).toBe(2);
  const named = [...petrel.err.matchAll(/^ {2}environment: (\w+): /gm)].map((match) => match[1] ?? '');
  expect(named.sort()).toEqual(Object.keys(wrong).sort());
  expect(petrel.err).toMatch(/USER2_SECRET: .* well-known example .* take a fresh one, such as "[0-9a-f]{32}"$/m);
  expect(existsSync(folder.file('data'))).toBe(false);
});

test.concurrent('a copy of .env.example starts and makes the first user', async () => {
  using folder = new PetrelFolder();
  folder.configure();
  const example = await Bun.file(new URL('../../.env.example', import.meta.url)).text();
  folder.write('.env', example.replace(/^MTPROTO_PORT=.*$/m, 'MTPROTO_PORT=0')); // its own port may be taken
  await using petrel = await PetrelProcess.serving(folder);
  expect(petrel.out).toContain('Links of user1');
});

test.concurrent('a first user that cannot be kept: it says that the links end with the process', async () => {
  using folder = new PetrelFolder();
  folder.configure();
  folder.write('data', 'a file where the folder should be');
  await using petrel = await PetrelProcess.serving(folder);
  expect(petrel.out).toContain('Links of user1');
  expect(petrel.out.replace(/\s+/g, ' ')).toContain('lasts only until the stop, since the data folder cannot be used');
});

test.concurrent('.env in the working directory is read, the environment wins over it', async () => {
  const dc = SimulatedDataCenter.start();
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: '[tls]\nunknown_sni = "mask"' });
  folder.write('.env', `USER1_SECRET=${USER_KEY}\nTLS_DOMAIN=wrong.example.org\n`);
  await using petrel = await PetrelProcess.serving(folder, { env: { TLS_DOMAIN: DOMAIN } });
  expect(petrel.out).toBe(''); // no user had to be made
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee') });
  expect(await client.echo(WORDS)).toEqual(WORDS);
  client.close();
  dc.stop();
});

test.concurrent('a port in use: exit 1 and one line that names it; the first user is shown by the start that works', async () => {
  using other = new RawListener();
  using folder = new PetrelFolder();
  folder.configure({ top: `port = ${other.port}` });
  const petrel = new PetrelProcess(folder);
  expect(await petrel.exited).toBe(1);
  expect(petrel.out).toBe('');
  const lines = petrel.err.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    message: 'cannot listen',
    addresses: `127.0.0.1:${other.port}`,
    reason: expect.stringMatching(
      new RegExp(`^port ${other.port} is taken by \\S+ \\(process ${process.pid}\\): stop it, or choose another port`),
    ),
  });

  folder.configure();
  await using second = await PetrelProcess.serving(folder);
  expect(second.out).toContain('Links of user1');
});

test.concurrent('an unusable data folder: it serves and says so', async () => {
  const dc = SimulatedDataCenter.start();
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  folder.write('data', 'a file where the folder should be');
  await using petrel = await PetrelProcess.serving(folder);
  expect(petrel.logged('the data folder cannot be used')).toMatchObject([
    {
      level: 'warn',
      sign: 'storage',
      message: expect.stringContaining(`EEXIST: file already exists, mkdir '${folder.file('data')}'`),
    },
  ]);
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee') });
  expect(await client.echo(WORDS)).toEqual(WORDS);
  client.close();
  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
  dc.stop();
});
