import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { renameSync } from 'node:fs';
import type { Sign } from '../../src/admin/warning-signs.ts';
import { SimulatedClient } from '../../src/demo/client/simulated-client.ts';
import { SimulatedDataCenter } from '../../src/demo/telegram/data-center.ts';
import { utf8 } from '../../src/kit/bytes.ts';
import { freePort } from '../support/free-port.ts';
import { signedHello } from '../support/hellos.ts';
import { PetrelFolder, PetrelProcess, petrelCommand } from '../support/petrel-process.ts';
import { CLOSED_PORT, DOMAIN, secretOf, TestProxy, USER_KEY, until } from '../support/proxy.ts';
import { RawListener, RawPeer } from '../support/raw-peer.ts';
import { ProxyCrew } from '../support/workers.ts';

const SOON = { retryMs: 50, pauseMs: 100 };
const SELDOM = { retryMs: 3_600_000, pauseMs: 3_600_000 };
const ALICE = `[users.alice]\nsecret = "${USER_KEY}"`;
const NO_SITE = '[mask]\nenabled = false';
const HELLO = utf8('hello');
/** Longer than between two looks at the vital signs. */
const SAMPLE_MS = 8_000;

let dc: SimulatedDataCenter;
beforeAll(() => {
  dc = SimulatedDataCenter.start();
});
afterAll(() => dc.stop());

function message(proxy: TestProxy, sign: Sign): string | undefined {
  return proxy.daemon.snapshot().warnings.find((warning) => warning.sign === sign)?.message;
}

/** Of log lines about a sign, what they say. */
function told(proxy: TestProxy, sign: Sign): string[] {
  return proxy.logLines.filter((line) => line['sign'] === sign).map((line) => line.message);
}

async function metric(port: number, name: string): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.split(' ')[1];
}

describe('telegram', () => {
  test('an outage shows without any session, in figures, log and metrics, and so does its end', async () => {
    const parked = SimulatedDataCenter.start();
    const port = freePort();
    const toml = `${NO_SITE}\n[metrics]\nenabled = true\nlisten = "127.0.0.1:${port}"`;
    await using proxy = new TestProxy({ dcPort: dc.port, dcs: { 4: `127.0.0.1:${parked.port}` }, toml, looks: SOON });
    await until(() => proxy.daemon.snapshot().surroundings.dataCenters[4] === null, 'the first look');
    expect(proxy.daemon.snapshot().warnings).toEqual([]);
    expect(await metric(port, 'petrel_dc_reachable{dc="4"}')).toBe('1');

    parked.stop();
    const sentence = 'DC 4 cannot be reached (refused or unreachable)';
    await until(() => message(proxy, 'telegram') === sentence, 'the outage');
    expect(told(proxy, 'telegram')).toEqual([sentence]);
    expect(await metric(port, 'petrel_dc_reachable{dc="4"}')).toBe('0');
    expect(await metric(port, 'petrel_dc_reachable{dc="2"}')).toBe('1');
    expect(await metric(port, 'petrel_warning{sign="telegram"}')).toBe('1');

    const back = SimulatedDataCenter.start({ port: parked.port });
    await until(() => message(proxy, 'telegram') === undefined, 'the recovery');
    expect(told(proxy, 'telegram')).toEqual([sentence, 'warning cleared']);
    expect(await metric(port, 'petrel_warning{sign="telegram"}')).toBe('0');
    expect(proxy.ledger.accepted).toBe(0);
    back.stop();
  });

  test('a data centre that accepts and closes, or is none, is not reached', async () => {
    const closing = SimulatedDataCenter.start({ faults: { closeOnAccept: true } });
    await using proxy = new TestProxy({ dcPort: closing.port, toml: NO_SITE, looks: SOON });
    await until(() => message(proxy, 'telegram') !== undefined, 'the sign');
    expect(message(proxy, 'telegram')).toBe('no DC can be reached (connected, but closed before an answer)');
    closing.stop();
  });

  test('one of its addresses that does not answer is given up by the look, not by a client', async () => {
    const closing = SimulatedDataCenter.start({ faults: { closeOnAccept: true } });
    const dcs = { 2: [`127.0.0.1:${closing.port}`, `127.0.0.1:${dc.port}`] };
    await using proxy = new TestProxy({ dcPort: dc.port, dcs, toml: NO_SITE, looks: SELDOM });
    await until(() => Object.keys(proxy.daemon.snapshot().surroundings.dataCenters).length === 6, 'the first look');
    expect(message(proxy, 'telegram')).toBeUndefined();
    expect(proxy.daemon.snapshot().failing[2]).toMatchObject([{ fault: 'closed' }]);
    const { accepted } = closing.counters;
    const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd') });
    await client.echo(HELLO);
    expect(closing.counters.accepted).toBe(accepted);
    client.close();
    closing.stop();
  });

  test('a data centre that lets sessions go without an answer is looked at soon', async () => {
    const telegram = SimulatedDataCenter.start();
    await using proxy = new TestProxy({
      dcPort: telegram.port,
      toml: `${NO_SITE}\n[telegram]\npool_size = 0`,
      looks: { retryMs: 1, pauseMs: 3_600_000 },
    });
    await until(() => Object.keys(proxy.daemon.snapshot().surroundings.dataCenters).length === 6, 'the first look');
    telegram.faults = { closeOnAccept: true };
    for (let i = 0; i < 2; i += 1) {
      const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('dd') });
      await client.ended;
    }
    await until(() => message(proxy, 'telegram') !== undefined, 'the sign');
    expect(message(proxy, 'telegram')).toContain('connected, but closed before an answer');
    telegram.stop();
  });

  test("a failing session's word counts at once", async () => {
    const parked = SimulatedDataCenter.start();
    await using proxy = new TestProxy({ dcPort: parked.port, toml: NO_SITE, looks: SELDOM });
    await until(() => Object.keys(proxy.daemon.snapshot().surroundings.dataCenters).length === 6, 'the first look');
    parked.stop();
    const client = await SimulatedClient.connect({
      host: '127.0.0.1',
      port: proxy.port,
      secret: secretOf('dd'),
      dc: -3,
    });
    expect(await client.ended).toBe('closed');
    expect(message(proxy, 'telegram')).toBe('DC -3 cannot be reached (refused or unreachable)');
    expect(told(proxy, 'telegram')).toHaveLength(1);
  });

  test('with several workers the supervisor looks, and hears what their sessions meet', async () => {
    const parked = SimulatedDataCenter.start();
    await using crew = await ProxyCrew.serving({ workers: 2, dcPort: parked.port, toml: NO_SITE, users: ALICE });
    await crew.shows(({ surroundings: { dataCenters } }) => dataCenters[2] === null, 'the first look');
    parked.stop();
    const place = { host: '127.0.0.1', port: crew.port, secret: secretOf('dd'), dc: 5 };
    const failing = await SimulatedClient.connect(place);
    expect(await failing.ended).toBe('closed');
    const { warnings } = await crew.shows(
      ({ warnings }) => warnings.some(({ sign }) => sign === 'telegram'),
      'the sign',
    );
    expect(warnings.map(({ message }) => message)).toContain('DC 5 cannot be reached (refused or unreachable)');
    expect(await crew.petrel.told('DC 5 cannot be reached (refused')).toMatchObject({
      level: 'warn',
      sign: 'telegram',
    });
  });
});

describe('site', () => {
  test('what a stranger meets shows at once, and that it is over', async () => {
    const parked = new RawListener();
    const { port } = parked;
    parked[Symbol.dispose]();
    await using proxy = new TestProxy({ dcPort: dc.port, sitePort: port });
    expect(message(proxy, 'site')).toBeUndefined();
    await visit(proxy);
    expect(message(proxy, 'site')).toBe(`the fronted site cannot be reached (${DOMAIN}: refused or unreachable)`);
    using site = new RawListener(() => {}, { port });
    await using stranger = await RawPeer.connect(proxy.port);
    await stranger.write(signedHello({ domain: 'other.example.org' }));
    await until(() => message(proxy, 'site') === undefined, 'the sign is gone');
    expect(site.peers.length).toBeGreaterThan(0);
    expect(told(proxy, 'site')).toEqual([expect.stringContaining('cannot be reached'), 'warning cleared']);
    proxy.reload({ toml: NO_SITE });
  });

  test('a site that cannot be reached is no sign where masking is off', async () => {
    await using proxy = new TestProxy({ dcPort: dc.port, sitePort: CLOSED_PORT, asksSites: true });
    await until(() => message(proxy, 'site') !== undefined, 'the survey');
    proxy.reload({ toml: NO_SITE });
    expect(message(proxy, 'site')).toBeUndefined();
  });
});

async function visit(proxy: TestProxy): Promise<void> {
  await using stranger = await RawPeer.connect(proxy.port);
  await stranger.write(signedHello({ domain: 'other.example.org' }));
  expect(await stranger.end()).toBe('fin');
}

describe('storage', () => {
  test('a data folder that goes while it is used shows in seconds, and when it comes back', async () => {
    await using proxy = new TestProxy({ dcPort: dc.port, toml: NO_SITE });
    const away = `${proxy.dataDir}-away`;
    renameSync(proxy.dataDir, away);
    await until(() => message(proxy, 'storage') !== undefined, 'the sign');
    expect(message(proxy, 'storage')).toBe(
      `the data folder cannot be written (${proxy.dataDir}/petrel.db is gone: it was removed or replaced)`,
    );
    expect(told(proxy, 'storage')).toEqual([message(proxy, 'storage') ?? '']);
    renameSync(away, proxy.dataDir);
    await until(() => message(proxy, 'storage') === undefined, 'it is back');
  });

  test('a damaged database shows in status and health', async () => {
    using folder = new PetrelFolder();
    folder.configure({ dcPort: dc.port, toml: `${NO_SITE}\n[users.alice]\nsecret = "${USER_KEY}"` });
    await Bun.write(folder.file('data/petrel.db'), 'no database at all'.repeat(100));
    await using _petrel = await PetrelProcess.serving(folder);
    const sentence = 'warning sign storage: the data folder had a damaged database (';
    const health = await petrelCommand(folder, 'health');
    expect([health.code, health.out]).toEqual([0, expect.stringContaining(sentence)]);
    expect((await petrelCommand(folder, 'status')).out.replace(/\s+/g, ' ')).toContain(sentence);
  });
});

describe('clock', () => {
  test("what differs from Telegram's shows", async () => {
    const late = SimulatedDataCenter.start({ now: () => Date.now() - 200_000 });
    await using proxy = new TestProxy({ dcPort: late.port, toml: NO_SITE, looks: SELDOM });
    await until(() => message(proxy, 'clock') !== undefined, 'the sign');
    expect(message(proxy, 'clock')).toMatch(
      /^this machine's clock differs from Telegram's \((?:199|200|201) s ahead\)$/,
    );
    late.stop();
  });

  test('clients with right secrets that are refused because of it show', async () => {
    await using proxy = new TestProxy({ dcPort: dc.port, toml: NO_SITE });
    for (let i = 0; i < 3; i += 1) {
      await using peer = await RawPeer.connect(proxy.port);
      await peer.write(signedHello({ aheadSeconds: 3_600 }));
      await until(() => proxy.ledger.strangers['clock-skew'] === i + 1, 'refused');
    }
    expect(message(proxy, 'clock')).toContain('(3 of 3 with a right secret were refused in the last five minutes)');
    const client = await SimulatedClient.connect({ host: '127.0.0.1', port: proxy.port, secret: secretOf('ee') });
    await client.echo(HELLO);
    client.close();
    expect(message(proxy, 'clock')).toContain('(3 of 4 with a right secret');
    await until(() => told(proxy, 'clock').length === 1, 'the log line', SAMPLE_MS);
  }, 15_000);
});
