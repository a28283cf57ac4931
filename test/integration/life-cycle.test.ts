import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, statSync } from 'node:fs';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { hex, utf8 } from '../../src/kit/bytes.ts';
import { readSecret, type Secret, secretBase64Url } from '../../src/wire/secret.ts';
import { freePort } from '../support/free-port.ts';
import { initHeader, signedHello } from '../support/hellos.ts';
import { RecordingSite } from '../support/origin-site.ts';
import { PetrelFolder, PetrelProcess } from '../support/petrel-process.ts';
import { DOMAIN, secretOf, USER_KEY } from '../support/proxy.ts';
import { RawPeer, untilRefused } from '../support/raw-peer.ts';
import { SilentListener } from '../support/silent-listener.ts';
import { ProxyCrew } from '../support/workers.ts';

/** A secret that nobody has. */
const STRANGERS_KEY = '00112233445566778899aabbccddeeff';
const ALICE = `[users.alice]\nsecret = "${USER_KEY}"\nmax_connections = 0`;
const SLOW_TEST_MS = 40_000;
/** The drain takes a second at most; the rest is for a busy machine. */
const MOST_STOP_MS = 3_500;
const MOST_START_MS = 3_000;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

test.concurrent('the first start makes a user and prints its links; later ones keep it and print no secret', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port });
  let secret: Secret;
  {
    await using first = await PetrelProcess.serving(folder);
    secret = secretIn(first.out);
    expect(first.out).toContain('Links of user1');
    expect(first.out).toContain(`https://t.me/proxy?server=proxy.example.org&port=${first.port}&secret=ee`);
    expect(first.out).toContain('█▄▄▄▄▄▄▄█'); // the lower edge of a QR code's finder pattern
    await echo(first, secret);
    await stop(first);
    expect(first.err).not.toContain(hex(secret.key));
  }
  expect(statSync(folder.file('data')).mode & 0o777).toBe(0o700);
  const kept = readdirSync(folder.file('data'));
  expect(kept).toContain('petrel.db');
  for (const name of kept) expect(statSync(folder.file(`data/${name}`)).mode & 0o777).toBe(0o600);

  await using second = await PetrelProcess.serving(folder);
  await echo(second, secret);
  await stop(second);
  expect(second.out).toBe('');
  expect(second.err).not.toContain(hex(secret.key));
});

test.concurrent('SIGTERM: no new sessions, a running transfer finishes, exit 0', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: `${ALICE}\nrate = "400KB"` });
  await using petrel = await PetrelProcess.serving(folder);
  const client = await connect(petrel, secretOf('ee'));
  const transfer = client.download(200_000); // half a second
  await client.echo(utf8('under way...')).catch(() => {});
  petrel.signal('SIGTERM');
  await petrel.told('stopping');
  expect(petrel.logged('stopped')).toEqual([]);
  await untilRefused(petrel.port);
  expect((await transfer).isIntact).toBe(true);
  client.close();
  expect(await petrel.exited).toBe(0);
  expect(petrel.logged('stopped')).toHaveLength(1);
});

test.concurrent('SIGTERM: sessions that nothing moves in end at once, what never stops moving is cut after a second', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  await using petrel = await PetrelProcess.serving(folder, { args: ['--log-level', 'debug'] });
  const idle = await Promise.all([connect(petrel, secretOf('dd')), connect(petrel, secretOf('ee'))]);
  for (const client of idle) await client.echo(utf8('here'));
  const busy = await connect(petrel, secretOf('ee'));
  const transfer = busy.download(2 ** 40).catch(() => 'cut');
  const start = performance.now();
  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
  const tookMs = performance.now() - start;
  expect(await transfer).toBe('cut');
  for (const client of idle) expect(await client.ended).toBe('closed');
  // As the proxy ended them: here a busy client is heard of late.
  const moved = petrel.logged('a session ended').map(({ downlinkBytes }) => Number(downlinkBytes) > 1_000_000);
  expect(moved).toEqual([false, false, true]);
  expect(tookMs).toBeGreaterThan(900);
  expect(tookMs).toBeLessThan(MOST_STOP_MS);
});

test.concurrent('restart, one process after the other: clients are let in again soon, whoever was connected', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, top: `port = ${freePort()}`, toml: ALICE });
  await using first = await PetrelProcess.serving(folder);
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(first, secretOf('ee'))));
  for (const client of clients) await client.echo(utf8('here'));
  for (const client of clients.slice(0, 4)) client.download(2 ** 40).catch(() => {});
  const start = performance.now();
  first.signal('SIGTERM');
  expect(await first.exited).toBe(0);
  await using second = await PetrelProcess.serving(folder);
  await echo(second, secretOf('ee'));
  expect(performance.now() - start).toBeLessThan(MOST_STOP_MS + MOST_START_MS);
  for (const client of clients) client.close();
});

test.concurrent('the next process serves on the same port while the one before still drains', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, top: `port = ${freePort()}`, toml: `${ALICE}\nrate = "100KB"` });
  await using first = await PetrelProcess.serving(folder);
  const busy = await connect(first, secretOf('ee'));
  busy.download(2 ** 40).catch(() => {});
  first.signal('SIGTERM');
  await first.told('stopping');
  await untilRefused(first.port);
  await using second = await PetrelProcess.serving(folder);
  await echo(second, secretOf('ee'));
  expect(await first.exited).toBe(0);
  busy.close();
});

test.concurrent(
  'a worker that hangs is replaced, and the others serve on',
  async () => {
    await using proxy = await ProxyCrew.serving({ workers: 2, dcPort: dc.port, users: ALICE });
    const clients = await proxy.clients(16);
    const { workers } = await proxy.shows(({ workers }) => workers.every(({ sessions }) => sessions > 0), 'both busy');
    const [hung, other] = workers;
    if (hung === undefined || other === undefined) throw new Error('no workers');
    process.kill(hung.pid, 'SIGSTOP');
    const told = await proxy.petrel.told('a worker does not answer any more', 1, SLOW_TEST_MS);
    expect(told).toMatchObject({ level: 'error', pid: hung.pid });
    const after = await proxy.shows(
      ({ workersReplaced, workers }) => workersReplaced === 1 && workers.length === 2,
      'replaced',
    );
    expect(after.ledger.outcomes.lost).toBe(hung.sessions);
    expect(clients.filter(({ isOpen }) => isOpen)).toHaveLength(other.sessions);
    for (const client of clients) {
      if (client.isOpen) await client.echo(utf8('still here'));
      client.close();
    }
  },
  SLOW_TEST_MS,
);

test.concurrent('SIGINT stops too; a second signal ends the process at once', async () => {
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, toml: ALICE });
  {
    await using idle = await PetrelProcess.serving(folder);
    idle.signal('SIGINT');
    expect(await idle.exited).toBe(0);
  }
  await using busy = await PetrelProcess.serving(folder);
  const client = await connect(busy, secretOf('dd'));
  await client.echo(utf8('here'));
  busy.signal('SIGTERM');
  await busy.told('stopping');
  busy.signal('SIGINT');
  expect(await busy.exited).toBe(1);
});

test.concurrent(
  'SIGTERM while connections to silent hosts are being made: it does not wait for them',
  async () => {
    using silent = await SilentListener.start();
    using folder = new PetrelFolder();
    folder.configure({ dcPort: silent.port, sitePort: silent.port, toml: ALICE });
    await using petrel = await PetrelProcess.serving(folder);
    const stranger = await RawPeer.connect(petrel.port);
    await stranger.write(signedHello({ domain: 'other.example.org' }));
    const client = await connect(petrel, secretOf('dd'));
    const start = performance.now();
    petrel.signal('SIGTERM');
    expect(await petrel.exited).toBe(0);
    expect(performance.now() - start).toBeLessThan(2_000);
    await client.ended;
    await stranger.end();
  },
  SLOW_TEST_MS,
);

test.concurrent('what was accepted before a restart is a replay after it', async () => {
  using site = new RecordingSite();
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, sitePort: site.port, toml: ALICE });
  const hello = signedHello();
  const header = initHeader({ dc: -203 });
  {
    await using first = await PetrelProcess.serving(folder);
    const fake = await RawPeer.connect(first.port);
    await fake.write(hello);
    await fake.until(({ received }) => received > 0, 'the flight');
    const bare = await RawPeer.connect(first.port);
    await bare.write(header);
    await dc.until(({ byDc }) => byDc.has(-203));
    for (const peer of [fake, bare]) peer.close();
    await stop(first);
  }
  expect([site.hasHeard(hello), site.hasHeard(header)]).toEqual([false, false]);
  await using second = await PetrelProcess.serving(folder);
  for (const bytes of [hello, header]) {
    await using again = await RawPeer.connect(second.port);
    await again.write(bytes);
    const visitor = await site.visitor(bytes);
    visitor.close();
  }
});

test.concurrent('at level info sessions leave no line, and at no level does a secret', async () => {
  using site = new RecordingSite();
  using folder = new PetrelFolder();
  folder.configure({ dcPort: dc.port, sitePort: site.port, toml: ALICE });
  for (const level of ['info', 'debug']) {
    await using petrel = await PetrelProcess.serving(folder, { args: ['--log-level', level] });
    const before = petrel.logLines.length;
    for (const kind of ['plain', 'dd', 'ee'] as const) {
      await echo(petrel, secretOf(kind));
      const stranger = await RawPeer.connect(petrel.port);
      const hello = signedHello({ domain: 'other.example.org', key: STRANGERS_KEY });
      await stranger.write(hello);
      const visitor = await site.visitor(hello);
      visitor.close();
      stranger.close();
    }
    const newLines = petrel.logLines.slice(before).filter(({ level }) => level !== 'debug');
    expect(newLines).toEqual([]);
    await stop(petrel);
    if (level === 'debug') expect(petrel.logged('a session ended').length).toBeGreaterThan(5);
    const written = petrel.out + petrel.err;
    expect(written.toLowerCase()).not.toContain(USER_KEY);
    for (const kind of ['plain', 'dd', 'ee'] as const) expect(written).not.toContain(secretBase64Url(secretOf(kind)));
  }
});

test.concurrent('unreachable Telegram and site are told once each, however many ask for them', async () => {
  using folder = new PetrelFolder();
  folder.configure({ toml: ALICE });
  await using petrel = await PetrelProcess.serving(folder);
  for (let round = 0; round < 3; round += 1) {
    const client = await connect(petrel, secretOf('dd'));
    expect(await client.ended).toBe('closed');
    const stranger = await RawPeer.connect(petrel.port);
    await stranger.write(signedHello({ domain: 'other.example.org' }));
    expect(await stranger.end()).toBe('fin');
    stranger.close();
  }
  await stop(petrel);
  const count = (message: string) => petrel.logged(message).length;
  expect(count('no DC can be reached (refused or unreachable)')).toBe(1);
  expect(count(`the fronted site cannot be reached (${DOMAIN}: refused or unreachable)`)).toBe(1);
  expect(count('a data centre cannot be reached')).toBe(1);
  expect(count('strangers see a closed connection')).toBe(1);
  expect(petrel.logLines.filter(({ level }) => level === 'error')).toEqual([]);
});

function secretIn(banner: string): Secret {
  const reading = readSecret(/secret=(ee[0-9a-f]+)/.exec(banner)?.[1] ?? '');
  if (reading.kind === 'reject') throw new Error(reading.reason);
  return reading.secret;
}

function connect(petrel: PetrelProcess, secret: Secret): Promise<SimulatedClient> {
  return SimulatedClient.connect({ host: '127.0.0.1', port: petrel.port, secret });
}

async function echo(petrel: PetrelProcess, secret: Secret): Promise<void> {
  const client = await connect(petrel, secret);
  await client.echo(utf8('some bytes!!'));
  client.close();
  await client.ended;
}

async function stop(petrel: PetrelProcess): Promise<void> {
  petrel.signal('SIGTERM');
  expect(await petrel.exited).toBe(0);
}
