import { afterAll, beforeAll, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { hex, utf8 } from '../../src/kit/bytes.ts';
import type { SecretKind } from '../../src/wire/secret.ts';
import { initHeader, signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { DOMAIN, secretOf } from '../support/proxy.ts';
import { RawPeer } from '../support/raw-peer.ts';

const KEYS = {
  alice: '11b2c3d4e5f60718293a4b5c6d7e8f90',
  bob: '22b2c3d4e5f60718293a4b5c6d7e8f90',
  carol: '33b2c3d4e5f60718293a4b5c6d7e8f90',
  dave: '44b2c3d4e5f60718293a4b5c6d7e8f90',
  erin: '55b2c3d4e5f60718293a4b5c6d7e8f90',
} as const;
type Name = keyof typeof KEYS;
const WORDS = utf8('some bytes!!');

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

/** A process with users, and its configuration in reach. */
class Reloadable implements AsyncDisposable {
  readonly folder = new PetrelFolder();
  readonly site = new RecordingSite();
  #petrel: PetrelProcess | null = null;

  static async start(toml: string, top = ''): Promise<Reloadable> {
    const started = new Reloadable();
    started.configure(toml, top);
    started.#petrel = await PetrelProcess.serving(started.folder);
    return started;
  }

  get petrel(): PetrelProcess {
    return this.#petrel ?? raise('not started');
  }

  configure(toml: string, top = ''): void {
    this.folder.configure({ dcPort: dc.port, sitePort: this.site.port, toml, top });
  }

  /** Changes the file and waits until it was taken over. */
  async reload(toml: string, top = ''): Promise<void> {
    this.configure(toml, top);
    const before = this.petrel.logged('configuration reloaded').length;
    this.petrel.signal('SIGHUP');
    await this.petrel.told('configuration reloaded', before + 1);
  }

  connect(name: Name, kind: SecretKind = 'ee'): Promise<SimulatedClient> {
    return SimulatedClient.connect({ host: '127.0.0.1', port: this.petrel.port, secret: secretOf(kind, KEYS[name]) });
  }

  /** A hello of this user's is taken to the site. */
  expectStranger(name: Name, at = this.site): Promise<void> {
    return this.expectAtSite(signedHello({ key: KEYS[name] }), at);
  }

  async expectAtSite(bytes: Uint8Array, at = this.site): Promise<void> {
    await using peer = await RawPeer.connect(this.petrel.port);
    await peer.write(bytes);
    const visitor = await at.visitor(bytes);
    visitor.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#petrel?.[Symbol.asyncDispose]();
    this.site[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

test.concurrent('users: who stays is not disturbed, who is removed, disabled or gets another secret is cut', async () => {
  await using run = await Reloadable.start(users('alice', 'bob', 'carol', 'dave'));
  const sessions = {
    alice: await run.connect('alice'),
    bob: await run.connect('bob'),
    carol: await run.connect('carol', 'dd'),
    dave: await run.connect('dave', 'plain'),
  };
  for (const client of Object.values(sessions)) await client.echo(WORDS);
  await run.expectStranger('erin');

  const rekeyed = `[users.carol]\nsecret = "${KEYS.erin}"`;
  const disabled = `${users('dave')}\nenabled = false`;
  await run.reload([users('alice'), rekeyed, disabled].join('\n'));
  for (const cut of [sessions.bob, sessions.carol, sessions.dave]) expect(await cut.ended).toBe('closed');
  expect(await sessions.alice.echo(WORDS)).toEqual(WORDS);
  expect(run.petrel.logged('configuration reloaded')).toMatchObject([{ users: 3, sessionsCut: 3 }]);

  for (const name of ['bob', 'carol', 'dave'] as const) await run.expectStranger(name);
  for (const name of ['alice', 'erin'] as const) {
    const client = await run.connect(name);
    expect(await client.echo(WORDS)).toEqual(WORDS);
  }
});

test.concurrent('limits and modes hold for whoever comes next', async () => {
  await using run = await Reloadable.start(users('alice'));
  const first = await run.connect('alice');
  const plain = await run.connect('alice', 'plain');
  for (const client of [first, plain]) await client.echo(WORDS);
  await run.reload(`${users('alice')}\nmax_connections = 2\n[modes]\nclassic = false\nsecure = true\ntls = true`);
  for (const client of [first, plain]) expect(await client.echo(WORDS)).toEqual(WORDS);
  await run.expectStranger('alice');

  await run.reload(`${users('alice')}\nmax_connections = 0\n[modes]\nclassic = false\nsecure = true\ntls = true`);
  const third = await run.connect('alice', 'dd');
  expect(await third.echo(WORDS)).toEqual(WORDS);
  await run.expectAtSite(initHeader({ key: KEYS.alice, framing: 'abridged' }));
});

test.concurrent('the log level and the fronted site', async () => {
  using other = new RecordingSite();
  await using run = await Reloadable.start(users('alice'));
  await run.expectStranger('bob');
  await run.reload(`${users('alice')}\n[log]\nlevel = "debug"\nformat = "json"
[mask]\nhost = "127.0.0.1"\nport = ${other.port}`);
  await run.expectStranger('bob', other);
  await run.petrel.told('a session ended');
  run.configure(`${users('alice')}\n[log]\nlevel = "warn"\nformat = "json"`, 'port = 1234'); // the port is warned of
  run.petrel.signal('SIGHUP');
  await run.petrel.told('some changes need a restart');
  const lines = run.petrel.logLines.length;
  await run.expectStranger('bob');
  expect(run.petrel.logLines.length).toBe(lines);
});

test.concurrent('a .env that is away or empty for a moment removes nobody, and what it says later is taken over', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port });
  folder.write('.env', `USER1_SECRET=${KEYS.alice}\n`);
  await using petrel = await PetrelProcess.serving(folder);
  const connect = (name: Name) =>
    SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret: secretOf('ee', KEYS[name]) });
  const client = await connect('alice');
  await client.echo(WORDS);
  const spoilt = [() => rmSync(folder.file('.env')), () => folder.write('.env', '')];
  for (const [index, spoil] of spoilt.entries()) {
    spoil();
    petrel.signal('SIGHUP');
    const { reason } = await petrel.told('configuration not reloaded, nothing changed', index + 1);
    expect(reason).toMatch(
      /^the configuration has 1 problem:\n {2}\.env: (?:no such file|the file is empty), and it set users\.user1\.secret: /,
    );
    expect(await client.echo(WORDS)).toEqual(WORDS);
  }
  const second = await connect('alice');
  expect(await second.echo(WORDS)).toEqual(WORDS);

  folder.write('.env', `USER1_SECRET=${KEYS.bob}\n`);
  petrel.signal('SIGHUP');
  await petrel.told('configuration reloaded');
  expect(await client.ended).toBe('closed');
  const other = await connect('bob');
  expect(await other.echo(WORDS)).toEqual(WORDS);
});

test.concurrent('a reload that would leave nobody is refused', async () => {
  await using run = await Reloadable.start(users('alice', 'bob'));
  const client = await run.connect('alice');
  await client.echo(WORDS);
  run.configure('');
  run.petrel.signal('SIGHUP');
  const { reason } = await run.petrel.told('configuration not reloaded, nothing changed');
  expect(reason).toContain('users: no user would be left, and there were 2');
  expect(await client.echo(WORDS)).toEqual(WORDS);
});

test.concurrent('what is most likely a mistake is told at the start and at a reload, and refuses nothing', async () => {
  const MESSAGE = 'the configuration may not say what you mean';
  const old = `${KEYS.bob}${hex(utf8('old.example.org'))}`;
  await using run = await Reloadable.start(`${users('alice')}\n[users.bob]\nsecret = "ee${old}"`);
  expect(run.petrel.logged(MESSAGE)).toMatchObject([
    { level: 'warn', place: expect.stringMatching(/^petrel\.toml:\d+$/), key: 'users.bob.secret' },
  ]);
  expect(run.petrel.logged(MESSAGE)[0]?.['reason']).toMatch(/^made for old\.example\.org, but tls\.domain is /);
  expect(run.petrel.err).not.toContain(KEYS.bob.slice(0, 8));

  run.folder.write('.env', 'USER_1_SECRET=abc\n');
  await run.reload(
    `${users('alice')}\n[users.bob]\nsecret = "ee${old}"\n[tls]\ndomain = ["${DOMAIN}", "old.example.org"]`,
  );
  expect(run.petrel.logged(MESSAGE).slice(1)).toMatchObject([
    { place: '.env: USER_1_SECRET', reason: 'not read; did you mean USER1_SECRET?' },
  ]);
});

test.concurrent('a bad or vanished file changes nothing and is told', async () => {
  await using run = await Reloadable.start(users('alice'));
  const client = await run.connect('alice');
  await client.echo(WORDS);
  const refusals = [
    () => run.configure(`${users('bob')}\n[limits]\nidle_timeout = "soon"`),
    () => run.folder.write('petrel.toml', 'port = '),
    () => rmSync(run.folder.file('petrel.toml')),
  ];
  for (const [index, spoil] of refusals.entries()) {
    spoil();
    run.petrel.signal('SIGHUP');
    await run.petrel.told('configuration not reloaded, nothing changed', index + 1);
    expect(await client.echo(WORDS)).toEqual(WORDS);
    const another = await run.connect('alice');
    expect(await another.echo(WORDS)).toEqual(WORDS);
    await run.expectStranger('bob');
  }
  const [reason, ...others] = run.petrel.logged('not reloaded').map((line) => String(line['reason']));
  expect(reason).toMatch(/petrel\.toml:\d+: limits\.idle_timeout: expected .*"soon"/);
  expect(others[0]).toContain('petrel.toml:1');
  expect(others[1]).toContain('petrel.toml: no such file');
  expect(run.petrel.logged('configuration reloaded')).toEqual([]);
});

test.concurrent('keys that need a restart are named and change nothing yet', async () => {
  await using run = await Reloadable.start(users('alice'));
  const { port } = run.petrel;
  await run.reload(
    `${users('alice')}\n[telegram]\nfast_mode = false\npool_size = 3`,
    'port = 1234\ndata_dir = "other"',
  );
  expect(await run.petrel.told('some changes need a restart')).toMatchObject({
    level: 'warn',
    keys: 'port data_dir telegram.fast_mode telegram.pool_size',
  });
  const client = await SimulatedClient.connect({ host: '127.0.0.1', port, secret: secretOf('ee', KEYS.alice) });
  expect(await client.echo(WORDS)).toEqual(WORDS);
});

function users(...names: Name[]): string {
  return names.map((name) => `[users.${name}]\nsecret = "${KEYS[name]}"`).join('\n');
}

function raise(message: string): never {
  throw new Error(message);
}
